import { Buffer } from "node:buffer";

const headerBytes = 8;

/**
 * Joins the frames in which Docker wraps what a container without a terminal printed: one byte for the
 * stream, three empty ones, four for the length. What does not look like that is given back as it is.
 */
export function demuxLogs(raw: Buffer): Buffer {
  const parts: Buffer[] = [];
  let offset = 0;
  while (offset + headerBytes <= raw.length) {
    const isFrame = raw.readUInt8(offset) <= 2 && raw.readUIntBE(offset + 1, 3) === 0;
    if (!isFrame) return raw;
    const length = raw.readUInt32BE(offset + 4);
    parts.push(raw.subarray(offset + headerBytes, offset + headerBytes + length));
    offset += headerBytes + length;
  }
  return Buffer.concat(parts);
}

/** The last `bytes` of a text, without half a character at the cut. */
export function tailOf(text: Buffer, bytes: number): string {
  let start = Math.max(0, text.length - bytes);
  // Bytes 10xxxxxx continue a character that began before the cut.
  while (start > 0 && start < text.length && (text.readUInt8(start) & 0xc0) === 0x80) start += 1;
  return text.subarray(start).toString("utf8");
}
