import { successor } from "../values/key-encoding.ts";
import { type CollectionInfo, encodeId, type IndexInfo } from "./catalog.ts";
import type { Table } from "./environment.ts";
import { decodeDocument } from "./scan.ts";
import type { Store } from "./store.ts";

/** All functions here belong inside a write transaction. */

/**
 * Adds an index and fills it.
 *
 * @throws CommandError DuplicateKey if it is unique and the documents are not
 */
export function buildIndex(store: Store, collection: CollectionInfo, index: IndexInfo): void {
  const prefix = encodeId(collection.id);
  const range = { start: prefix, end: successor(prefix) };
  for (const { value } of store.environment.documents.entries(range)) {
    store.writer.addToIndex(collection, index, decodeDocument(value));
  }
  collection.indexes.push(index);
  store.catalog.save(collection);
}

export function dropIndex(store: Store, collection: CollectionInfo, index: IndexInfo): void {
  clear(store.environment.indexes, index.id);
  collection.indexes = collection.indexes.filter((other) => other !== index);
  store.catalog.save(collection);
}

export function dropCollection(store: Store, collection: CollectionInfo): void {
  for (const index of collection.indexes) clear(store.environment.indexes, index.id);
  clear(store.environment.documents, collection.id);
  store.catalog.remove(collection);
}

const keysPerStep = 1000;

/** Removes all keys of an id; in steps, because a cursor must not see its own keys vanish. */
function clear(table: Table, id: number): void {
  const prefix = encodeId(id);
  const range = { start: prefix, end: successor(prefix) };
  for (;;) {
    const keys: Buffer[] = [];
    for (const { key } of table.entries(range)) {
      keys.push(key);
      if (keys.length >= keysPerStep) break;
    }
    if (keys.length === 0) return;
    for (const key of keys) table.remove(key);
  }
}
