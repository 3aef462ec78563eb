import { ObjectId, serialize } from "bson";
import type { BsonDocument } from "../document.ts";
import { CommandError } from "../errors.ts";
import { compileFilter } from "../query/filter.ts";
import { compareSortKeys, type SortSpec, sortKey } from "../query/sort.ts";
import type { CollectionInfo } from "../storage/catalog.ts";
import type { DocumentPair } from "../storage/document-writer.ts";
import { idFirst } from "../storage/id-first.ts";
import { planQuery } from "../storage/query-plan.ts";
import { collectMatches, decodeDocument } from "../storage/scan.ts";
import type { Store } from "../storage/store.ts";
import { compileUpdate, type Update } from "../update/compile-update.ts";
import { seedFromFilter } from "../update/upsert-seed.ts";

/** All functions here are synchronous and belong inside a write transaction. */

/** Stores a document as it came, with an `_id` if it has none and with `_id` first. */
export function insertDocument(store: Store, collection: CollectionInfo, bytes: Uint8Array): void {
  const document = decodeDocument(bytes);
  if (document["_id"] === undefined) {
    store.writer.insert(collection, encode({ ...document, _id: new ObjectId() }));
  } else {
    store.writer.insert(collection, { raw: idFirst(bytes), document });
  }
}

/** Puts `_id` first, as MongoDB stores it, and encodes. */
function encode({ _id, ...fields }: BsonDocument): DocumentPair {
  const document = { _id, ...fields };
  return { raw: serialize(document), document };
}

/** The matches of a filter, at most `limit`; the first in the order of `sort` if there is one. */
export function selectMatches(
  store: Store,
  collection: CollectionInfo | undefined,
  filter: BsonDocument,
  { limit, sort = [] }: { limit: number; sort?: SortSpec },
): DocumentPair[] {
  const test = compileFilter(filter);
  if (collection === undefined) return [];
  const { environment } = store;
  const scan = { environment, collection, plan: planQuery(collection, filter), filter: test };
  // Collected before the first change: a document that moves in an index is not met again.
  if (sort.length === 0) return collectMatches(scan, limit);
  const ranked = collectMatches(scan).map((pair) => ({ pair, key: sortKey(pair.document, sort) }));
  ranked.sort((a, b) => compareSortKeys(a.key, b.key, sort));
  return ranked.slice(0, limit).map(({ pair }) => pair);
}

export interface UpdateRequest {
  filter: BsonDocument;
  update: unknown;
  multi: boolean;
  upsert: boolean;
}

export interface UpdateOutcome {
  matched: number;
  modified: number;
  upsertedId?: unknown;
}

export function updateMatches(
  store: Store,
  collection: CollectionInfo | undefined,
  request: UpdateRequest,
): UpdateOutcome {
  const update = compileUpdate(request.update);
  if (update.isReplacement && request.multi) throw multiReplacement();
  const limit = request.multi ? Number.POSITIVE_INFINITY : 1;
  const matches = selectMatches(store, collection, request.filter, { limit });
  if (collection === undefined) return { matched: 0, modified: 0 };
  if (matches.length === 0 && request.upsert) {
    const { document } = insertFromFilter(store, collection, request.filter, update);
    return { matched: 0, modified: 0, upsertedId: document["_id"] };
  }
  const changes = matches.map((match) => changeDocument(store, collection, match, update));
  return { matched: matches.length, modified: changes.filter(({ changed }) => changed).length };
}

const multiReplacement = (): CommandError =>
  new CommandError("FailedToParse", "multi update is not supported for replacement-style update");

/** Applies an update to one stored document. */
export function changeDocument(
  store: Store,
  collection: CollectionInfo,
  before: DocumentPair,
  update: Update,
): { document: BsonDocument; changed: boolean } {
  // Decoded anew, because the update may change it in place and the index needs the old values.
  const result = update.apply(decodeDocument(before.raw), { isInsert: false });
  if (result.changed) {
    store.writer.replace(collection, before.document, encode(result.document));
  }
  return result;
}

/** The insert half of an upsert. */
export function insertFromFilter(
  store: Store,
  collection: CollectionInfo,
  filter: BsonDocument,
  update: Update,
): DocumentPair {
  const seed = seedFromFilter(filter);
  const start = update.isReplacement
    ? Object.fromEntries(Object.entries(seed).filter(([name]) => name === "_id"))
    : seed;
  const { document } = update.apply(start, { isInsert: true });
  const pair = encode({ ...document, _id: document["_id"] ?? new ObjectId() });
  store.writer.insert(collection, pair);
  return pair;
}

export function removeMatches(
  store: Store,
  collection: CollectionInfo | undefined,
  filter: BsonDocument,
  limit: number,
): number {
  const matches = selectMatches(store, collection, filter, { limit });
  if (collection === undefined) return 0;
  for (const { document } of matches) store.writer.remove(collection, document);
  return matches.length;
}
