import { type BsonDocument, isNestedDeeperThan, maxNesting } from "../document.ts";
import { badValue, CommandError } from "../errors.ts";
import { encodeKey, successor } from "../values/key-encoding.ts";
import { rankOf, typeRank } from "../values/type-rank.ts";
import { type Catalog, type CollectionInfo, encodeId, type IndexInfo } from "./catalog.ts";
import type { Environment } from "./environment.ts";
import { indexKeysOf } from "./index-keys.ts";

/** A document in both forms: the bytes that are stored and the values they stand for. */
export interface DocumentPair {
  raw: Uint8Array;
  document: BsonDocument;
}

/** Changes documents together with their index entries. To be used inside a write transaction. */
export interface DocumentWriter {
  /** @throws CommandError DuplicateKey, with nothing changed */
  insert(collection: CollectionInfo, next: DocumentPair): void;
  /** @throws CommandError DuplicateKey, with nothing changed */
  replace(collection: CollectionInfo, before: BsonDocument, next: DocumentPair): void;
  remove(collection: CollectionInfo, document: BsonDocument): void;
  /** Fills a new index from the documents that exist. */
  addToIndex(collection: CollectionInfo, index: IndexInfo, document: BsonDocument): void;
}

export const maxDocumentBytes = 16 * 1024 * 1024;

export const documentKey = (collection: CollectionInfo, id: unknown): Buffer =>
  Buffer.concat([encodeId(collection.id), encodeKey(id)]);

export function createDocumentWriter(environment: Environment, catalog: Catalog): DocumentWriter {
  const { documents, indexes } = environment;

  const assertUnique = (
    collection: CollectionInfo,
    index: IndexInfo,
    document: BsonDocument,
  ): void => {
    const { prefixes, values } = indexKeysOf(index, document);
    if (!index.unique) return;
    const own = encodeKey(document["_id"]);
    for (const [i, prefix] of prefixes.entries()) {
      for (const { value } of indexes.entries({ start: prefix, end: successor(prefix) })) {
        if (!own.equals(value)) throw duplicateKey(collection, index, values[i] ?? []);
      }
    }
  };

  const assertStorable = (
    collection: CollectionInfo,
    next: DocumentPair,
    moved: readonly IndexInfo[],
  ): void => {
    if (next.raw.length > maxDocumentBytes) {
      throw new CommandError(
        "BSONObjectTooLarge",
        `the document has ${next.raw.length} bytes, ${maxDocumentBytes} are allowed`,
      );
    }
    if (isNestedDeeperThan(next.document, maxNesting)) {
      throw badValue(`the document is nested deeper than ${maxNesting} levels`);
    }
    // All checks come before the first change, so that a refused document leaves no trace.
    for (const index of moved) assertUnique(collection, index, next.document);
  };

  const addToIndex: DocumentWriter["addToIndex"] = (collection, index, document) => {
    const { prefixes, isMultikey } = indexKeysOf(index, document);
    const id = encodeKey(document["_id"]);
    for (const prefix of prefixes) indexes.put(Buffer.concat([prefix, id]), id);
    if (isMultikey && !index.multikey) {
      index.multikey = true;
      catalog.save(collection);
    }
  };

  const removeFromIndex = (index: IndexInfo, document: BsonDocument): void => {
    const id = encodeKey(document["_id"]);
    for (const prefix of indexKeysOf(index, document).prefixes) {
      indexes.remove(Buffer.concat([prefix, id]));
    }
  };

  return {
    insert(collection, next) {
      const id = next.document["_id"];
      assertValidId(id);
      const key = documentKey(collection, id);
      if (documents.get(key) !== undefined) throw duplicateId(collection, id);
      assertStorable(collection, next, collection.indexes);
      documents.put(key, next.raw);
      for (const index of collection.indexes) addToIndex(collection, index, next.document);
    },
    replace(collection, before, next) {
      // Most updates move nothing in most indexes; what is not touched is no page to write and to sync.
      const moved = collection.indexes.filter((index) => isMoved(index, before, next.document));
      assertStorable(collection, next, moved);
      for (const index of moved) removeFromIndex(index, before);
      documents.put(documentKey(collection, before["_id"]), next.raw);
      for (const index of moved) addToIndex(collection, index, next.document);
    },
    remove(collection, document) {
      for (const index of collection.indexes) removeFromIndex(index, document);
      documents.remove(documentKey(collection, document["_id"]));
    },
    addToIndex(collection, index, document) {
      assertUnique(collection, index, document);
      addToIndex(collection, index, document);
    },
  };
}

/** Whether a document stands elsewhere in an index than before. */
function isMoved(index: IndexInfo, before: BsonDocument, next: BsonDocument): boolean {
  const [from, to] = [indexKeysOf(index, before).prefixes, indexKeysOf(index, next).prefixes];
  return from.length !== to.length || from.some((key, i) => to[i]?.equals(key) !== true);
}

function assertValidId(id: unknown): void {
  const rank = rankOf(id);
  if (rank === typeRank.array || rank === typeRank.regex || id === undefined) {
    throw badValue("the '_id' value cannot be of type array, regex or undefined");
  }
}

function duplicateId(collection: CollectionInfo, id: unknown): CommandError {
  return duplicate(collection, "_id_", { _id: 1 }, { _id: id });
}

function duplicateKey(
  collection: CollectionInfo,
  index: IndexInfo,
  values: readonly unknown[],
): CommandError {
  const pattern = Object.fromEntries(index.fields.map(({ path, direction }) => [path, direction]));
  const found = Object.fromEntries(index.fields.map(({ path }, i) => [path, values[i] ?? null]));
  return duplicate(collection, index.name, pattern, found);
}

function duplicate(
  collection: CollectionInfo,
  indexName: string,
  keyPattern: BsonDocument,
  keyValue: BsonDocument,
): CommandError {
  const namespace = `${collection.database}.${collection.name}`;
  const text = Object.entries(keyValue)
    .map(([path, value]) => `${path}: ${JSON.stringify(value) ?? "null"}`)
    .join(", ");
  return new CommandError(
    "DuplicateKey",
    `E11000 duplicate key error collection: ${namespace} index: ${indexName} dup key: { ${text} }`,
    { keyPattern, keyValue },
  );
}
