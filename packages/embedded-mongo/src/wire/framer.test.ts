import fc from "fast-check";
import { expect, test } from "vitest";
import { opMsg } from "../../test/support/raw-messages.ts";
import { frames } from "./framer.ts";
import { maxMessageBytes, ProtocolError } from "./message.ts";

async function* chunksOf(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const positions = [0, ...cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b)];
  for (const [i, start] of positions.entries()) yield bytes.subarray(start, positions[i + 1]);
}

test("messages are the same however the stream is cut", async () => {
  const messages = [
    opMsg({ ping: 1 }),
    opMsg({ hello: 1, text: "x".repeat(300) }),
    opMsg({ a: 1 }),
  ];
  const stream = Buffer.concat(messages);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(stream.length), { maxLength: 30 }), async (cuts) => {
      const found: Buffer[] = [];
      for await (const frame of frames(chunksOf(stream, cuts))) found.push(Buffer.from(frame));
      expect(found).toEqual(messages);
    }),
  );
});

test.each([0, 15, -1, maxMessageBytes + 1])("a length of %i is refused at once", async (length) => {
  const header = Buffer.alloc(16);
  header.writeInt32LE(length, 0);
  await expect(frames(chunksOf(header, [])).next()).rejects.toThrow(ProtocolError);
});
