import { decode, type Question } from "dns-packet";

/** What of a question is needed to answer it. */
export interface Query {
  id: number;
  flags: number;
  /** Undefined: it asks for none, for several at once or for something else than addresses of names. */
  question?: Question;
  /** It takes answers with EDNS. */
  isExtended: boolean;
}

const headerBytes = 12;
const isResponse = 0x8000;
const operation = 0x7800;
const longestName = 255;
const longestLabel = 63;
const optType = 41;

/**
 * Reads a message as far as its question. Nothing behind that is looked into, and no part of the question may point
 * elsewhere: what it costs to read must not depend on who wrote it.
 * @returns undefined for what cannot be read or is itself an answer: two resolvers could talk to each other for ever
 */
export function readQuery(packet: Buffer): Query | undefined {
  if (packet.length < headerBytes) return undefined;
  const flags = packet.readUInt16BE(2);
  if ((flags & isResponse) !== 0) return undefined;
  const rest = { id: packet.readUInt16BE(0), flags };
  if ((flags & operation) !== 0 || packet.readUInt16BE(4) !== 1) {
    return { ...rest, isExtended: false };
  }
  const end = questionEnd(packet);
  if (end === undefined) return undefined;
  const bare = Buffer.from(packet.subarray(0, end));
  bare.fill(0, 6, headerBytes);
  const [question] = decode(bare).questions ?? [];
  return question && { ...rest, question, isExtended: hasExtension(packet, end) };
}

/** Where the first question ends, which has a type and a class after its name. */
function questionEnd(packet: Buffer): number | undefined {
  let at = headerBytes;
  for (let length = packet[at]; length !== 0; length = packet[at]) {
    if (length === undefined || length > longestLabel) return undefined;
    at += 1 + length;
    if (at - headerBytes > longestName) return undefined;
  }
  const end = at + 5;
  return end <= packet.length ? end : undefined;
}

/** The record stands first in what is added to the question, and belongs to the root. */
function hasExtension(packet: Buffer, end: number): boolean {
  const isLongEnough = packet.readUInt16BE(10) > 0 && packet.length >= end + 3;
  return isLongEnough && packet[end] === 0 && packet.readUInt16BE(end + 1) === optType;
}
