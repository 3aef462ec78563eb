import { headerBytes, maxMessageBytes, ProtocolError } from "./message.ts";

/**
 * Cuts a stream of bytes into complete messages by the length at their start.
 *
 * @throws ProtocolError as soon as a length is impossible, before its bytes are collected
 */
export async function* frames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let size = 0;
  let needed = headerBytes;
  for await (const chunk of chunks) {
    pending.push(chunk);
    size += chunk.length;
    while (size >= needed) {
      const bytes = pending.length === 1 ? (pending[0] ?? chunk) : Buffer.concat(pending);
      const length = messageLength(bytes);
      pending = [bytes];
      needed = length;
      if (size < length) break;
      yield bytes.subarray(0, length);
      size -= length;
      pending = size > 0 ? [bytes.subarray(length)] : [];
      needed = headerBytes;
    }
  }
}

function messageLength(bytes: Buffer): number {
  const length = bytes.readInt32LE(0);
  if (length < headerBytes || length > maxMessageBytes) {
    throw new ProtocolError(`a message of ${length} bytes is not accepted`);
  }
  return length;
}
