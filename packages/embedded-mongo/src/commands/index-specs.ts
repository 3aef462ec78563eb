import { type BsonDocument, isDocument } from "../document.ts";
import { badValue, CommandError, typeMismatch } from "../errors.ts";
import { splitPath } from "../query/paths.ts";
import type { CollectionInfo, IndexField, IndexInfo } from "../storage/catalog.ts";
import { buildIndex } from "../storage/schema-changes.ts";
import type { Store } from "../storage/store.ts";
import { readArguments } from "./arguments.ts";

/** An index as it is asked for. */
export interface IndexSpec {
  name: string;
  fields: readonly IndexField[];
  unique: boolean;
  sparse: boolean;
}

/** Bounded by LMDB's longest key: each field may take 256 bytes of it. */
const maxIndexFields = 5;

/** @throws CommandError for kinds of indexes and options that are not offered */
export function parseIndexSpec(spec: unknown): IndexSpec {
  if (!isDocument(spec)) throw typeMismatch("an index needs a document");
  const args = readArguments("an index", spec, [
    "key",
    "name",
    "unique",
    "sparse",
    "v",
    "background",
  ]);
  const fields = Object.entries(args.document("key")).map(([path, direction]) =>
    parseField(path, direction),
  );
  if (fields.length === 0 || fields.length > maxIndexFields) {
    throw new CommandError("CannotCreateIndex", `an index needs 1 to ${maxIndexFields} fields`);
  }
  return {
    name: args.text("name"),
    fields,
    unique: args.flag("unique"),
    sparse: args.flag("sparse"),
  };
}

function parseField(path: string, direction: unknown): IndexField {
  if (direction !== 1 && direction !== -1) {
    throw new CommandError(
      "CannotCreateIndex",
      `the index on '${path}' needs 1 or -1; other kinds are not supported`,
    );
  }
  const segments = splitPath(path);
  if (segments.some((segment) => segment.startsWith("$"))) {
    throw badValue(`the index path '${path}' is not allowed`);
  }
  return { path, segments, direction };
}

/** Makes an index unless the same one exists. To be used inside a write transaction. */
export function createIndex(store: Store, collection: CollectionInfo, spec: IndexSpec): void {
  if (keyText(spec) === "_id:1") return;
  const sameName = collection.indexes.find((index) => index.name === spec.name);
  const sameKey = collection.indexes.find((index) => keyText(index) === keyText(spec));
  if (sameName !== undefined && !isSame(sameName, spec)) {
    throw new CommandError(
      "IndexKeySpecsConflict",
      `an index named '${spec.name}' exists with other fields or options`,
    );
  }
  if (sameName !== undefined) return;
  if (sameKey !== undefined) {
    throw new CommandError(
      "IndexOptionsConflict",
      `an index on the same fields exists as '${sameKey.name}'`,
    );
  }
  buildIndex(store, collection, { ...spec, id: store.catalog.nextId(), multikey: false });
}

const keyText = ({ fields }: IndexSpec | IndexInfo): string =>
  fields.map(({ path, direction }) => `${path}:${direction}`).join(",");

const isSame = (index: IndexInfo, spec: IndexSpec): boolean =>
  keyText(index) === keyText(spec) && index.unique === spec.unique && index.sparse === spec.sparse;

/** All indexes of a collection as `listIndexes` shows them, the implicit one first. */
export function describeIndexes(collection: CollectionInfo): BsonDocument[] {
  const others = collection.indexes.map((index) => ({
    v: 2,
    key: keyPattern(index),
    name: index.name,
    ...(index.unique ? { unique: true } : {}),
    ...(index.sparse ? { sparse: true } : {}),
  }));
  return [{ v: 2, key: { _id: 1 }, name: "_id_" }, ...others];
}

export function keyPattern(index: IndexInfo): BsonDocument {
  return Object.fromEntries(index.fields.map(({ path, direction }) => [path, direction]));
}
