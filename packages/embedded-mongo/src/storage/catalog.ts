import { deserialize, serialize } from "bson";
import { z } from "zod";
import { CommandError } from "../errors.ts";
import { splitPath } from "../query/paths.ts";
import type { Environment } from "./environment.ts";

export interface IndexField {
  path: string;
  segments: readonly string[];
  direction: 1 | -1;
}

export interface IndexInfo {
  /** Prefix of the index's keys; never used twice. */
  id: number;
  name: string;
  fields: readonly IndexField[];
  unique: boolean;
  sparse: boolean;
  /** Set for ever once a document had an array on an indexed path: one document, several keys. */
  multikey: boolean;
}

export interface CollectionInfo {
  /** Prefix of the documents' keys; never used twice. */
  id: number;
  database: string;
  name: string;
  indexes: IndexInfo[];
}

/** What exists: held in memory, written through inside the caller's transaction. */
export interface Catalog {
  find(database: string, name: string): CollectionInfo | undefined;
  list(database: string): CollectionInfo[];
  create(database: string, name: string): CollectionInfo;
  /** Stores a changed description; to be called with every change of `indexes`. */
  save(collection: CollectionInfo): void;
  remove(collection: CollectionInfo): void;
  nextId(): number;
  /** Forgets what memory holds; after a transaction that was undone. */
  reload(): void;
}

const storedCollection = z.object({
  id: z.number(),
  database: z.string(),
  name: z.string(),
  indexes: z.array(
    z.object({
      id: z.number(),
      name: z.string(),
      fields: z.array(
        z.object({ path: z.string(), direction: z.union([z.literal(1), z.literal(-1)]) }),
      ),
      unique: z.boolean(),
      sparse: z.boolean(),
      multikey: z.boolean(),
    }),
  ),
});

const formatVersion = 1;
const keys = {
  format: Buffer.from("format"),
  lastId: Buffer.from("last-id"),
  collectionsStart: Buffer.from("collection/"),
  collectionsEnd: Buffer.from("collection0"),
};

/** A database name has no dot, so the first dot of a namespace ends it. */
const namespaceOf = (database: string, name: string): string => `${database}.${name}`;
const keyOf = (collection: CollectionInfo): Buffer => Buffer.from(`collection/${collection.id}`);

export function openCatalog(environment: Environment): Catalog {
  const table = environment.catalog;
  const collections = new Map<string, CollectionInfo>();

  const reload = (): void => {
    collections.clear();
    for (const { value } of table.entries({
      start: keys.collectionsStart,
      end: keys.collectionsEnd,
    })) {
      const collection = decodeCollection(value);
      collections.set(namespaceOf(collection.database, collection.name), collection);
    }
  };
  const nextId = (): number => {
    const id = (table.get(keys.lastId)?.readUInt32BE(0) ?? 0) + 1;
    table.put(keys.lastId, encodeId(id));
    return id;
  };
  const save = (collection: CollectionInfo): void => {
    table.put(keyOf(collection), serialize(encodeCollection(collection)));
  };

  reload();
  return {
    find: (database, name) => collections.get(namespaceOf(database, name)),
    list: (database) => [...collections.values()].filter((item) => item.database === database),
    create(database, name) {
      assertValidNamespace(database, name);
      const collection: CollectionInfo = { id: nextId(), database, name, indexes: [] };
      save(collection);
      collections.set(namespaceOf(database, name), collection);
      return collection;
    },
    save,
    remove(collection) {
      table.remove(keyOf(collection));
      collections.delete(namespaceOf(collection.database, collection.name));
    },
    nextId,
    reload,
  };
}

/**
 * Marks a new data directory with the version of the format, and refuses one of another version.
 *
 * @throws Error if the directory was written by a different version
 */
export async function checkFormat(environment: Environment): Promise<void> {
  const found = environment.catalog.get(keys.format)?.readUInt32BE(0);
  if (found === undefined) {
    await environment.write(() => environment.catalog.put(keys.format, encodeId(formatVersion)))
      .durable;
  } else if (found !== formatVersion) {
    throw new Error(`the data directory has format ${found}, this version reads ${formatVersion}`);
  }
}

/** The four bytes that start all keys of a collection or an index. */
export function encodeId(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id, 0);
  return bytes;
}

function encodeCollection(collection: CollectionInfo): z.infer<typeof storedCollection> {
  return {
    ...collection,
    indexes: collection.indexes.map((index) => ({
      ...index,
      fields: index.fields.map(({ path, direction }) => ({ path, direction })),
    })),
  };
}

function decodeCollection(bytes: Buffer): CollectionInfo {
  const stored = storedCollection.parse(deserialize(bytes));
  return {
    ...stored,
    indexes: stored.indexes.map((index) => ({
      ...index,
      fields: index.fields.map((field) => ({ ...field, segments: splitPath(field.path) })),
    })),
  };
}

const maxNamespaceBytes = 255;

export function assertValidNamespace(database: string, name: string): void {
  const isValid =
    database !== "" &&
    name !== "" &&
    !/[/\\. "$\0]/.test(database) &&
    !/[$\0]/.test(name) &&
    !name.startsWith(".") &&
    !name.startsWith("system.") &&
    Buffer.byteLength(namespaceOf(database, name)) <= maxNamespaceBytes;
  if (!isValid) {
    throw new CommandError("InvalidNamespace", `Invalid namespace specified '${database}.${name}'`);
  }
}
