import type { BsonDocument } from "../document.ts";
import { encodeBound, encodeKey, successor } from "../values/key-encoding.ts";
import { rankOf, typeRank } from "../values/type-rank.ts";
import { type CollectionInfo, encodeId, type IndexInfo } from "./catalog.ts";
import type { KeyRange } from "./environment.ts";
import { type Limit, type Points, type Predicate, predicatesOf } from "./predicates.ts";

/** Which keys to visit for a filter; each visited document is still tested against the filter. */
export interface QueryPlan {
  /** Undefined for the table of documents itself, which is ordered by `_id`. */
  index: IndexInfo | undefined;
  /** Names of the fields that narrow the ranges; empty means that everything is visited. */
  usedFields: readonly string[];
  /** Disjoint, in the order of the keys. */
  ranges: readonly KeyRange[];
  /** Whether one document may be met more than once. */
  needsDistinct: boolean;
  /** A field by which the visited documents come in ascending order; undefined when none is sure. */
  orderedBy: string | undefined;
}

/** More ranges than this are not opened one by one; fewer fields are used instead. */
const maxRanges = 10_000;

/** Chooses the keys with the most demanding use of the filter; ties go to the first index. */
export function planQuery(collection: CollectionInfo, filter: BsonDocument): QueryPlan {
  const predicates = predicatesOf(filter);
  const byId = useFields(predicates, [{ path: "_id", multikey: false }]);
  const candidates = [
    { index: undefined, use: byId },
    ...collection.indexes.map((index) => ({ index, use: useIndex(predicates, index) })),
  ];
  const best = candidates.reduce((a, b) => (rating(b) > rating(a) ? b : a));
  const { index, use } = best;
  return {
    index,
    usedFields: use.fields,
    ranges: toRanges(encodeId(index?.id ?? collection.id), use),
    needsDistinct: index?.multikey ?? false,
    orderedBy: index?.multikey === true ? undefined : orderOf(use),
  };
}

/** Numbers alone: of longer values a key holds the start, which orders them only nearly. */
function orderOf({ fields, prefixes, limits }: FieldUse): string | undefined {
  const isOneRange = prefixes.length === 1 && limits.length > 0;
  return isOneRange && rankOf(limits[0]?.value) === typeRank.number ? fields.at(-1) : undefined;
}

interface FieldUse {
  fields: readonly string[];
  /** Encoded values of the leading fields, every combination. */
  prefixes: readonly Buffer[];
  /** The range on the field after them. */
  limits: readonly Limit[];
  points: number;
}

/** Complete unique look-ups first, then the number of equalities, then a range. */
function rating({ index, use }: { index: IndexInfo | undefined; use: FieldUse }): number {
  const fieldCount = index?.fields.length ?? 1;
  const isUnique = index?.unique ?? true;
  const isSingle = isUnique && use.points === fieldCount;
  return (isSingle ? 1000 : 0) + use.points * 10 + (use.limits.length > 0 ? 5 : 0);
}

function useIndex(predicates: Map<string, Predicate[]>, index: IndexInfo): FieldUse {
  const fields = index.fields.map(({ path }) => ({ path, multikey: index.multikey }));
  const use = useFields(predicates, fields);
  return index.sparse && !provesPresence(predicates, use) ? unused : use;
}

const unused: FieldUse = { fields: [], prefixes: [Buffer.alloc(0)], limits: [], points: 0 };

/** A sparse index lacks documents without any of its fields, which only a null can be after. */
function provesPresence(predicates: Map<string, Predicate[]>, use: FieldUse): boolean {
  return use.fields.some((path) =>
    (predicates.get(path) ?? []).some(
      (item) =>
        item.kind === "limit" || item.values.every((value) => rankOf(value) !== typeRank.null),
    ),
  );
}

function useFields(
  predicates: Map<string, Predicate[]>,
  fields: readonly { path: string; multikey: boolean }[],
): FieldUse {
  const used: string[] = [];
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  for (const { path, multikey } of fields) {
    const known = predicates.get(path) ?? [];
    const points = fewestPoints(known);
    const values = points === undefined ? undefined : distinctKeys(points.values);
    if (values !== undefined && prefixes.length * values.length <= maxRanges) {
      used.push(path);
      prefixes = prefixes.flatMap((prefix) =>
        values.map((value) => Buffer.concat([prefix, value])),
      );
      continue;
    }
    const limits = limitsOf(known, multikey);
    const names = limits.length > 0 ? [...used, path] : used;
    return { fields: names, prefixes, limits, points: used.length };
  }
  return { fields: used, prefixes, limits: [], points: used.length };
}

function fewestPoints(predicates: readonly Predicate[]): Points | undefined {
  const all = predicates.filter((item) => item.kind === "points");
  return all.toSorted((a, b) => a.values.length - b.values.length)[0];
}

/**
 * The limits to combine. In a multikey index each limit may be met by another item of the array,
 * so only one of them narrows the range there.
 */
function limitsOf(predicates: readonly Predicate[], multikey: boolean): readonly Limit[] {
  const all = predicates.filter((item) => item.kind === "limit");
  const rank = rankOf(all[0]?.value);
  const sameType = all.filter((item) => rankOf(item.value) === rank);
  return multikey ? sameType.slice(0, 1) : sameType;
}

function distinctKeys(values: readonly unknown[]): Buffer[] {
  const keys = new Map(values.map(encodeKey).map((key) => [key.toString("latin1"), key]));
  return [...keys.values()].toSorted(Buffer.compare);
}

function toRanges(id: Buffer, use: FieldUse): KeyRange[] {
  return use.prefixes.map((values) => limitedRange(Buffer.concat([id, values]), use.limits));
}

function limitedRange(prefix: Buffer, limits: readonly Limit[]): KeyRange {
  const first = limits[0];
  if (first === undefined) return { start: prefix, end: successor(prefix) };
  const type = Buffer.concat([prefix, Buffer.from([rankOf(first.value)])]);
  let start: Buffer = type;
  let end = successor(type);
  for (const limit of limits) {
    const key = limitKey(prefix, limit);
    if (limit.operator === "$gt" || limit.operator === "$gte") start = later(start, key);
    else end = earlier(end, key);
  }
  return { start, end: later(start, end) };
}

/** The first key inside a lower limit, or the first one outside an upper limit. */
function limitKey(prefix: Buffer, { operator, value }: Limit): Buffer {
  const bound = encodeBound(value);
  const key = Buffer.concat([prefix, bound.bytes]);
  switch (operator) {
    case "$gte":
      return key;
    case "$lte":
      return successor(key);
    case "$gt":
      return bound.isComplete ? successor(key) : key;
    case "$lt":
      return bound.isComplete ? key : successor(key);
  }
}

const later = (a: Buffer, b: Buffer): Buffer => (Buffer.compare(a, b) >= 0 ? a : b);
const earlier = (a: Buffer, b: Buffer): Buffer => (Buffer.compare(a, b) <= 0 ? a : b);
