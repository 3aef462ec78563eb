import { createHash } from "node:crypto";
import { type Binary, type BSONRegExp, type ObjectId, serialize, type Timestamp } from "bson";
import type { BsonDocument } from "../document.ts";
import { regexText } from "./compare-values.ts";
import { remainder, toDouble } from "./number-order.ts";
import { rankOf, type TypeRank, typeRank } from "./type-rank.ts";

/**
 * Encodes BSON values as bytes whose order is the order of `compareValues`, and of which none is a
 * prefix of another. So values can be concatenated to compound keys, and types never collide:
 * `1`, `"1"` and `ObjectId(…)` are three keys, `1` and `1.0` are one.
 */

/** Longer encodings are cut and get a hash, so that a key always fits into LMDB's 1,978 bytes. */
export const maxEncodedLength = 256;
const hashLength = 32;
const keptLength = maxEncodedLength - hashLength;

/** The key of one value, for exact look-up. */
export function encodeKey(value: unknown): Buffer {
  const encoded = encodeWhole(value);
  if (encoded.length <= maxEncodedLength) return encoded;
  const hash = createHash("sha256").update(encoded).digest();
  return Buffer.concat([encoded.subarray(0, keptLength), hash]);
}

export interface KeyBound {
  bytes: Buffer;
  /** False if the encoding was cut, so that keys of other values may start the same. */
  isComplete: boolean;
}

/**
 * The start of the keys of a value, for the ends of a range. It stops before a possible hash, so a
 * range built from it holds all values it should, and with very long ones sometimes a few more.
 */
export function encodeBound(value: unknown): KeyBound {
  const encoded = encodeWhole(value);
  return { bytes: encoded.subarray(0, keptLength), isComplete: encoded.length <= keptLength };
}

/** The smallest byte string above all that start with `prefix`. */
export function successor(prefix: Uint8Array): Buffer {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 0xff) end--;
  if (end === 0) throw new RangeError("no key is above a prefix of 0xff bytes");
  const result = Buffer.from(prefix.subarray(0, end));
  result[end - 1] = (prefix[end - 1] ?? 0) + 1;
  return result;
}

function encodeWhole(value: unknown): Buffer {
  const parts: Uint8Array[] = [];
  pushValue(parts, value);
  return Buffer.concat(parts);
}

const endOfValue = Buffer.from([0x00]);
const endOfText = Buffer.from([0x00, 0x00]);
const rankBytes = new Map<TypeRank, Buffer>(
  Object.values(typeRank).map((rank) => [rank, Buffer.from([rank])]),
);

function pushValue(parts: Uint8Array[], value: unknown): void {
  const rank = rankOf(value);
  parts.push(rankBytes.get(rank) ?? Buffer.from([rank]));
  (payloads[rank] as (parts: Uint8Array[], value: unknown) => void)(parts, value);
}

type Payload = (parts: Uint8Array[], value: never) => void;

const payloads: Record<TypeRank, Payload> = {
  [typeRank.minKey]: () => undefined,
  [typeRank.null]: () => undefined,
  [typeRank.number]: pushNumber,
  [typeRank.string]: (parts, value: string) => pushBytes(parts, Buffer.from(value)),
  [typeRank.object]: pushObject,
  [typeRank.array]: (parts, value: unknown[]) => {
    for (const item of value) pushValue(parts, item);
    parts.push(endOfValue);
  },
  [typeRank.binary]: pushBinary,
  [typeRank.objectId]: (parts, value: ObjectId) => parts.push(value.id),
  [typeRank.boolean]: (parts, value: boolean) => parts.push(Buffer.from([Number(value)])),
  [typeRank.date]: (parts, value: Date) => parts.push(orderedDouble(value.getTime())),
  [typeRank.timestamp]: (parts, value: Timestamp) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(value.t >>> 0, 0);
    bytes.writeUInt32BE(value.i >>> 0, 4);
    parts.push(bytes);
  },
  [typeRank.regex]: (parts, value: RegExp | BSONRegExp) =>
    pushBytes(parts, Buffer.from(regexText(value))),
  [typeRank.other]: (parts, value: unknown) => pushBytes(parts, serialize({ value })),
  [typeRank.maxKey]: () => undefined,
};

/** Zero bytes are escaped and two of them end the text, so that a prefix sorts first. */
function pushBytes(parts: Uint8Array[], bytes: Uint8Array): void {
  let start = 0;
  for (let zero = bytes.indexOf(0); zero !== -1; zero = bytes.indexOf(0, start)) {
    parts.push(bytes.subarray(start, zero), Buffer.from([0x00, 0xff]));
    start = zero + 1;
  }
  parts.push(bytes.subarray(start), endOfText);
}

function pushObject(parts: Uint8Array[], value: BsonDocument): void {
  for (const [name, member] of Object.entries(value)) {
    // Type before name before value: MongoDB's order of sub-documents.
    parts.push(Buffer.from([rankOf(member)]));
    pushBytes(parts, Buffer.from(name));
    pushValue(parts, member);
  }
  parts.push(endOfValue);
}

function pushBinary(parts: Uint8Array[], value: Binary): void {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(value.position, 0);
  head[4] = value.sub_type;
  parts.push(head, value.value());
}

function pushNumber(parts: Uint8Array[], value: unknown): void {
  const tail = Buffer.alloc(2);
  tail.writeUInt16BE(remainder(value) + 0x8000, 0);
  parts.push(orderedDouble(toDouble(value)), tail);
}

/** IEEE 754 bits made to sort as unsigned bytes: negative numbers inverted, others above them. */
function orderedDouble(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  if (Number.isNaN(value)) return bytes;
  bytes.writeDoubleBE(value === 0 ? 0 : value, 0);
  if (value < 0) {
    for (let i = 0; i < 8; i++) bytes[i] = ~(bytes[i] ?? 0);
  } else {
    bytes[0] = (bytes[0] ?? 0) | 0x80;
  }
  return bytes;
}
