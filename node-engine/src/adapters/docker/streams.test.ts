import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { demuxLogs, tailOf } from "./demux-logs.ts";
import { readLines } from "./read-lines.ts";

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(Readable.from(chunks))) lines.push(line);
  return lines;
}

test("lines do not depend on how a stream is cut into chunks", async () => {
  const text = '{"a":"ä"}\n\n{"b":2}\n{"c":"€"}';
  const bytes = Buffer.from(text);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (cuts) => {
      const ends = [...cuts, bytes.length].sort((a, b) => a - b);
      const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      expect(await linesOf(chunks)).toEqual(['{"a":"ä"}', '{"b":2}', '{"c":"€"}']);
    }),
  );
});

const frame = (stream: number, text: string): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

test("frames of both streams are joined in order", () => {
  const raw = Buffer.concat([frame(1, "out "), frame(2, "err "), frame(1, "more")]);

  expect(demuxLogs(raw).toString()).toBe("out err more");
});

test("output of a terminal has no frames and stays as it is", () => {
  expect(demuxLogs(Buffer.from("plain text of a terminal")).toString()).toBe(
    "plain text of a terminal",
  );
});

test("a tail is never longer than asked for, and holds whole characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, bytes) => {
      const tail = tailOf(Buffer.from(text), bytes);
      expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(bytes);
      expect(text.endsWith(tail)).toBe(true);
    }),
  );
});
