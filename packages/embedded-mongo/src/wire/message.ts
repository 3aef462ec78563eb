import { deserialize } from "bson";
import type { BsonDocument } from "../document.ts";

/** Layouts: MongoDB wire protocol, OP_MSG (2013), OP_QUERY (2004) and OP_REPLY (1). */
export const opCodes = { reply: 1, query: 2004, message: 2013 } as const;

export const headerBytes = 16;
/** The largest message accepted, announced as `maxMessageSizeBytes`. */
export const maxMessageBytes = 48_000_000;

const flags = { checksumPresent: 1, moreToCome: 1 << 1 } as const;
/** Bits 0 to 15 must be understood by the receiver, the others may be ignored. */
const requiredFlags = 0xffff;
const checksumBytes = 4;

/** Bytes that are not a message of this protocol: nothing after them can be trusted. */
export class ProtocolError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProtocolError";
  }
}

/** One command as it came from a client. */
export interface Request {
  requestId: number;
  opCode: typeof opCodes.query | typeof opCodes.message;
  /** The name of the command: the first field of its body. */
  name: string;
  /** The decoded body, with document sequences joined in. Documents to insert stay as BSON bytes. */
  body: BsonDocument;
  /** False for the sender's "more to come", as with unacknowledged writes. */
  wantsReply: boolean;
}

/**
 * Decodes one complete message, header included.
 *
 * @throws ProtocolError
 */
export function parseMessage(bytes: Buffer): Request {
  const requestId = bytes.readInt32LE(4);
  const opCode = bytes.readInt32LE(12);
  try {
    if (opCode === opCodes.message) return parseOpMsg(bytes, requestId);
    if (opCode === opCodes.query) return parseOpQuery(bytes, requestId);
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError("malformed message", { cause: error });
  }
  throw new ProtocolError(`operation code ${opCode} is not supported`);
}

function parseOpMsg(bytes: Buffer, requestId: number): Request {
  const flagBits = bytes.readUInt32LE(headerBytes);
  const known = flags.checksumPresent | flags.moreToCome;
  if ((flagBits & requiredFlags & ~known) !== 0) throw new ProtocolError("unknown message flags");
  const hasChecksum = (flagBits & flags.checksumPresent) !== 0;
  const end = bytes.length - (hasChecksum ? checksumBytes : 0);

  let command: Pick<Request, "name" | "body"> | undefined;
  const sequences: BsonDocument = {};
  let offset = headerBytes + 4;
  while (offset < end) {
    const kind = bytes[offset];
    const length = bytes.readInt32LE(offset + 1);
    const section = slice(bytes, offset + 1, length, end);
    if (kind === 0 && command === undefined) command = decodeCommand(section);
    else if (kind === 1) readSequence(section, sequences);
    else throw new ProtocolError(`unexpected section of kind ${kind}`);
    offset += 1 + length;
  }
  if (command === undefined) throw new ProtocolError("a message without a body");
  const { name } = command;
  const body = { ...command.body, ...decodeSequences(name, sequences) };
  const wantsReply = (flagBits & flags.moreToCome) === 0;
  return { requestId, opCode: opCodes.message, name, body, wantsReply };
}

function parseOpQuery(bytes: Buffer, requestId: number): Request {
  const namespaceStart = headerBytes + 4;
  const namespaceEnd = endOfText(bytes, namespaceStart);
  const namespace = bytes.toString("utf8", namespaceStart, namespaceEnd);
  if (!namespace.endsWith(".$cmd")) throw new ProtocolError("legacy queries are not supported");
  const start = namespaceEnd + 1 + 8;
  const document = slice(bytes, start, bytes.readInt32LE(start), bytes.length);
  const { name, body } = decodeCommand(document);
  const database = namespace.slice(0, -".$cmd".length);
  return {
    requestId,
    opCode: opCodes.query,
    name,
    body: { $db: database, ...body },
    wantsReply: true,
  };
}

function slice(bytes: Buffer, start: number, length: number, end: number): Buffer {
  if (length < 5 || start + length > end) throw new ProtocolError("a length leaves the message");
  return bytes.subarray(start, start + length);
}

function endOfText(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(0, start);
  if (end === -1) throw new ProtocolError("a text without an end");
  return end;
}

function decodeCommand(bytes: Buffer): Pick<Request, "name" | "body"> {
  const nameStart = 5;
  const name = bytes.toString("utf8", nameStart, endOfText(bytes, nameStart));
  // What is inserted is stored as it came, so that no number changes its type on the way.
  const options = name === "insert" ? { fieldsAsRaw: { documents: true } } : {};
  return { name, body: deserialize(bytes, options) };
}

function readSequence(section: Buffer, sequences: BsonDocument): void {
  const nameEnd = endOfText(section, 4);
  const documents: Buffer[] = [];
  let offset = nameEnd + 1;
  while (offset < section.length) {
    const document = slice(section, offset, section.readInt32LE(offset), section.length);
    documents.push(document);
    offset += document.length;
  }
  sequences[section.toString("utf8", 4, nameEnd)] = documents;
}

function decodeSequences(name: string, sequences: BsonDocument): BsonDocument {
  if (name === "insert") return sequences;
  return Object.fromEntries(
    Object.entries(sequences).map(([field, documents]) => [
      field,
      (documents as Buffer[]).map((document) => deserialize(document)),
    ]),
  );
}
