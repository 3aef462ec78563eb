import { ObjectId, serialize } from "bson";
import type { BsonDocument } from "../document.ts";
import { CommandError } from "../errors.ts";
import { compileFilter } from "../query/filter.ts";
import { compareSortKeys, type SortKey, type SortSpec, sortKey } from "../query/sort.ts";
import type { CollectionInfo } from "../storage/catalog.ts";
import { type DocumentPair, documentKey } from "../storage/document-writer.ts";
import { idFirst } from "../storage/id-first.ts";
import { planQuery } from "../storage/query-plan.ts";
import { decodeDocument, decodeExactly, visitMatches } from "../storage/scan.ts";
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

/** The match of a filter that comes first, in the order of `sort` if there is one. */
export function selectOne(
  store: Store,
  collection: CollectionInfo | undefined,
  filter: BsonDocument,
  sort: SortSpec = [],
): DocumentPair | undefined {
  let best: { match: DocumentPair; key: SortKey } | undefined;
  visit(store, collection, filter, (match) => {
    const key = sortKey(match.document, sort);
    if (best === undefined || compareSortKeys(key, best.key, sort) < 0) best = { match, key };
    return sort.length > 0;
  });
  return best?.match;
}

/**
 * The matches of a filter, loaded one by one. Their ids are collected before the first is given
 * out, so that a document which a change moves inside an index is not met again.
 */
export function* selectMany(
  store: Store,
  collection: CollectionInfo | undefined,
  filter: BsonDocument,
): Generator<DocumentPair> {
  const ids: unknown[] = [];
  visit(store, collection, filter, ({ document }) => ids.push(document["_id"]) > 0);
  if (collection === undefined) return;
  for (const id of ids) {
    const raw = store.environment.documents.get(documentKey(collection, id));
    if (raw !== undefined) yield { raw, document: decodeDocument(raw) };
  }
}

function visit(
  store: Store,
  collection: CollectionInfo | undefined,
  filter: BsonDocument,
  visitor: (match: DocumentPair) => boolean,
): void {
  const test = compileFilter(filter);
  if (collection === undefined) return;
  const { environment } = store;
  const plan = planQuery(collection, filter);
  visitMatches({ environment, collection, plan, filter: test }, visitor);
}

function selectUpTo(
  store: Store,
  collection: CollectionInfo | undefined,
  filter: BsonDocument,
  isMulti: boolean,
): Iterable<DocumentPair> {
  if (isMulti) return selectMany(store, collection, filter);
  const match = selectOne(store, collection, filter);
  return match === undefined ? [] : [match];
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
  const outcome: UpdateOutcome = { matched: 0, modified: 0 };
  for (const match of selectUpTo(store, collection, request.filter, request.multi)) {
    outcome.matched++;
    if (collection && changeDocument(store, collection, match, update).changed) outcome.modified++;
  }
  if (outcome.matched === 0 && request.upsert && collection !== undefined) {
    const { document } = insertFromFilter(store, collection, request.filter, update);
    outcome.upsertedId = document["_id"];
  }
  return outcome;
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
  const result = update.apply(decodeExactly(before.raw), { isInsert: false });
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

/** @returns how many documents were removed */
export function removeMatches(
  store: Store,
  collection: CollectionInfo | undefined,
  filter: BsonDocument,
  isMulti: boolean,
): number {
  let removed = 0;
  for (const { document } of selectUpTo(store, collection, filter, isMulti)) {
    if (collection === undefined) break;
    store.writer.remove(collection, document);
    removed++;
  }
  return removed;
}
