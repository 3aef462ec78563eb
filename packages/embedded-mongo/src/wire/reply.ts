import { serialize } from "bson";
import type { BsonDocument } from "../document.ts";
import { headerBytes, opCodes, type Request } from "./message.ts";

/** A reply: values to encode, or a document that is encoded already. */
export type Reply = BsonDocument | Uint8Array;

/** Wraps a reply in the kind of message that the request came in. */
export function encodeReply(request: Request, reply: Reply, replyId: number): Buffer {
  const document = reply instanceof Uint8Array ? reply : serialize(reply);
  const head = request.opCode === opCodes.query ? opReplyHead() : opMsgHead();
  const header = Buffer.alloc(headerBytes);
  header.writeInt32LE(headerBytes + head.length + document.length, 0);
  header.writeInt32LE(replyId, 4);
  header.writeInt32LE(request.requestId, 8);
  header.writeInt32LE(request.opCode === opCodes.query ? opCodes.reply : opCodes.message, 12);
  return Buffer.concat([header, head, document]);
}

/** No flags, then one section of kind 0. */
const opMsgHead = (): Buffer => Buffer.alloc(5);

/** Response flags, cursor id, starting position, and the number of documents: one. */
function opReplyHead(): Buffer {
  const head = Buffer.alloc(20);
  const awaitCapable = 8;
  head.writeInt32LE(awaitCapable, 0);
  head.writeInt32LE(1, 16);
  return head;
}

export interface CursorReply {
  /** Zero when the results are complete. */
  cursorId: bigint;
  namespace: string;
  batchName: "firstBatch" | "nextBatch";
  documents: readonly Uint8Array[];
}

const elementTypes = {
  double: 0x01,
  string: 0x02,
  document: 0x03,
  array: 0x04,
  long: 0x12,
} as const;

/** Encodes a batch around the stored bytes of its documents, without decoding them. */
export function encodeCursorReply(reply: CursorReply): Uint8Array {
  const cursor = encodeElements([
    [elementTypes.array, reply.batchName, encodeArray(reply.documents)],
    [elementTypes.long, "id", encodeLong(reply.cursorId)],
    [elementTypes.string, "ns", encodeText(reply.namespace)],
  ]);
  return encodeElements([
    [elementTypes.document, "cursor", cursor],
    [elementTypes.double, "ok", encodeDouble(1)],
  ]);
}

type Element = readonly [type: number, name: string, value: Uint8Array];

function encodeElements(elements: Iterable<Element>): Buffer {
  const parts: Uint8Array[] = [];
  let length = 5;
  for (const [type, name, value] of elements) {
    const head = Buffer.from(`${String.fromCharCode(type)}${name}\0`);
    parts.push(head, value);
    length += head.length + value.length;
  }
  const size = Buffer.alloc(4);
  size.writeInt32LE(length, 0);
  return Buffer.concat([size, ...parts, Buffer.alloc(1)], length);
}

function encodeArray(documents: readonly Uint8Array[]): Buffer {
  return encodeElements(
    documents.map((document, i): Element => [elementTypes.document, String(i), document]),
  );
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(`${text}\0`);
  const size = Buffer.alloc(4);
  size.writeInt32LE(bytes.length, 0);
  return Buffer.concat([size, bytes]);
}

function encodeLong(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value, 0);
  return bytes;
}

function encodeDouble(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value, 0);
  return bytes;
}
