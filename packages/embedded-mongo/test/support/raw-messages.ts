import { serialize } from "bson";
import type { BsonDocument } from "../../src/document.ts";

/** An OP_MSG made by hand. */
export function opMsg(
  body: BsonDocument,
  sequences: Record<string, BsonDocument[]> = {},
  flagBits = 0,
): Buffer {
  const sections = Object.entries(sequences).map(([name, documents]) => {
    const content = Buffer.concat([
      Buffer.from(`${name}\0`),
      ...documents.map((d) => serialize(d)),
    ]);
    const size = Buffer.alloc(4);
    size.writeInt32LE(content.length + 4, 0);
    return Buffer.concat([Buffer.from([1]), size, content]);
  });
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(flagBits, 0);
  const content = Buffer.concat([flags, Buffer.from([0]), serialize(body), ...sections]);
  return withHeader(2013, content);
}

export function withHeader(opCode: number, content: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(16 + content.length, 0);
  header.writeInt32LE(1, 4);
  header.writeInt32LE(opCode, 12);
  return Buffer.concat([header, content]);
}
