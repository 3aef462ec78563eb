import { isDocument } from "../document.ts";

/**
 * MongoDB's comparison order of types. The number is also the first byte of an encoded key, so
 * gaps are left and 0x00 (end of a nested value) and 0xff (successor of all) stay free.
 */
export const typeRank = {
  minKey: 0x08,
  null: 0x10,
  number: 0x20,
  string: 0x30,
  object: 0x40,
  array: 0x50,
  binary: 0x60,
  objectId: 0x70,
  boolean: 0x80,
  date: 0x90,
  timestamp: 0xa0,
  regex: 0xb0,
  other: 0xc0,
  maxKey: 0xf0,
} as const;

export type TypeRank = (typeof typeRank)[keyof typeof typeRank];

const wrapperRanks = new Map<string, TypeRank>([
  ["MinKey", typeRank.minKey],
  ["Int32", typeRank.number],
  ["Double", typeRank.number],
  ["Long", typeRank.number],
  ["Binary", typeRank.binary],
  ["ObjectId", typeRank.objectId],
  ["Timestamp", typeRank.timestamp],
  ["BSONRegExp", typeRank.regex],
  ["MaxKey", typeRank.maxKey],
]);

const primitiveRanks: Partial<Record<string, TypeRank>> = {
  undefined: typeRank.null,
  number: typeRank.number,
  bigint: typeRank.number,
  string: typeRank.string,
  boolean: typeRank.boolean,
};

/** The class of wrapper of a BSON value (`"ObjectId"`, `"Long"`, …), if it is one. */
function wrapperName(value: object): string | undefined {
  const name: unknown = Reflect.get(value, "_bsontype");
  return typeof name === "string" ? name : undefined;
}

/** Where a value's type stands in MongoDB's order; missing and undefined count as null. */
export function rankOf(value: unknown): TypeRank {
  if (typeof value !== "object") return primitiveRanks[typeof value] ?? typeRank.other;
  if (value === null) return typeRank.null;
  if (Array.isArray(value)) return typeRank.array;
  if (value instanceof Date) return typeRank.date;
  if (value instanceof RegExp) return typeRank.regex;
  if (isDocument(value)) return typeRank.object;
  const name = wrapperName(value);
  return name === undefined ? typeRank.object : (wrapperRanks.get(name) ?? typeRank.other);
}
