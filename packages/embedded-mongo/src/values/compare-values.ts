import { type Binary, BSONRegExp, type ObjectId, serialize, type Timestamp } from "bson";
import type { BsonDocument } from "../document.ts";
import { compareNumbers } from "./number-order.ts";
import { rankOf, type TypeRank, typeRank } from "./type-rank.ts";

/**
 * Total order over BSON values as MongoDB defines it: by type, then within the type.
 * mingo's own comparison is not used because it orders types differently, ignores the order of
 * fields and compares binary data as text; encoded index keys must agree with this function.
 *
 * @returns a negative number, zero or a positive number
 */
export function compareValues(a: unknown, b: unknown): number {
  const rank = rankOf(a);
  const difference = rank - rankOf(b);
  return difference === 0 ? compareSameType(rank, a, b) : difference;
}

export const equalValues = (a: unknown, b: unknown): boolean => compareValues(a, b) === 0;

type Comparison = (a: never, b: never) => number;

const comparisons: Record<TypeRank, Comparison> = {
  [typeRank.minKey]: () => 0,
  [typeRank.null]: () => 0,
  [typeRank.number]: compareNumbers,
  [typeRank.string]: compareStrings,
  [typeRank.object]: compareObjects,
  [typeRank.array]: compareArrays,
  [typeRank.binary]: compareBinaries,
  [typeRank.objectId]: (a: ObjectId, b: ObjectId) => Buffer.compare(a.id, b.id),
  [typeRank.boolean]: (a: boolean, b: boolean) => Number(a) - Number(b),
  [typeRank.date]: (a: Date, b: Date) => compareNumbers(a.getTime(), b.getTime()),
  [typeRank.timestamp]: (a: Timestamp, b: Timestamp) => a.t - b.t || a.i - b.i,
  [typeRank.regex]: (a: RegExp | BSONRegExp, b: RegExp | BSONRegExp) =>
    compareStrings(regexText(a), regexText(b)),
  [typeRank.other]: (a: unknown, b: unknown) =>
    Buffer.compare(serialize({ value: a }), serialize({ value: b })),
  [typeRank.maxKey]: () => 0,
};

function compareSameType(rank: TypeRank, a: unknown, b: unknown): number {
  // The rank was just computed from both values, so the entry fits their types.
  return (comparisons[rank] as (a: unknown, b: unknown) => number)(a, b);
}

/** Code point order, which is the byte order of UTF-8; `<` would order surrogates differently. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointWeight(x) - codePointWeight(y);
  }
  return a.length - b.length;
}

function codePointWeight(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x10000 : unit;
}

function compareObjects(a: BsonDocument, b: BsonDocument): number {
  const left = Object.entries(a);
  const right = Object.entries(b);
  for (const [i, [name, value]] of left.entries()) {
    const other = right[i];
    if (other === undefined) return 1;
    const difference =
      rankOf(value) - rankOf(other[1]) ||
      compareStrings(name, other[0]) ||
      compareValues(value, other[1]);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = compareValues(a[i], b[i]);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareBinaries(a: Binary, b: Binary): number {
  return a.position - b.position || a.sub_type - b.sub_type || Buffer.compare(a.value(), b.value());
}

/** Pattern and flags of a regular expression as one ordered text. */
export function regexText(value: RegExp | BSONRegExp): string {
  return value instanceof BSONRegExp
    ? `${value.pattern}\0${value.options}`
    : `${value.source}\0${value.flags}`;
}
