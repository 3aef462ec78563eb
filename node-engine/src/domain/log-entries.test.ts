import fc from "fast-check";
import { expect, test } from "vitest";
import { entriesAfter, type LogEntry, linesOf, logTime } from "./log-entries.ts";

async function* of(...entries: readonly LogEntry[]): AsyncGenerator<LogEntry> {
  yield* entries;
}
async function bytesOf(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
const entry = (at: number, text: string | Buffer): LogEntry => ({
  at: logTime(at),
  bytes: Buffer.from(text),
});

test("bytes that hold no endless line are passed on as they are", async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(pieces, async (all) => {
      const given = all.map((bytes, index) => entry(index, Buffer.from(bytes)));
      const read = await bytesOf(linesOf(of(...given), { timestamps: false }));
      expect(read).toEqual(Buffer.concat(all));
    }),
  );
});

test("a line without end is broken, and each part stands behind its time", async () => {
  const endless = Buffer.alloc(150_000, "x");
  const read = await bytesOf(linesOf(of(entry(1, endless)), { timestamps: true }));
  const lines = read.toString().split("\n");
  expect(lines).toHaveLength(3);
  for (const one of lines) {
    expect(one).toMatch(/^1970-01-01T00:00:00.001000000Z x+$/);
    expect(one.length).toBeLessThan(66_000);
  }
  expect(read.toString().replaceAll(/\n?1970\S+ /g, "")).toHaveLength(150_000);
});

test("parts of one line have one time in front", async () => {
  const parts = of(entry(1, "half "), entry(1, "a line\nnext"));
  const read = await bytesOf(linesOf(parts, { timestamps: true }));
  const at = logTime(1);
  expect(read.toString()).toBe(`${at} half a line\n${at} next`);
});

test("what was read before is left out, also among entries of one moment", async () => {
  const all = [entry(1, "a"), entry(2, "b"), entry(2, "c"), entry(2, "d"), entry(3, "e")];
  for (let read = 0; read <= all.length; read += 1) {
    const place = { at: "", count: 0 };
    await bytesOf(linesOf(entriesAfter(place, of(...all.slice(0, read))), { timestamps: false }));
    const rest = linesOf(entriesAfter(place, of(...all)), { timestamps: false });
    expect((await bytesOf(rest)).toString()).toBe("abcde".slice(read));
  }
});

test("entries a little out of order are all read", async () => {
  const place = { at: "", count: 0 };
  const read = linesOf(entriesAfter(place, of(entry(2, "a"), entry(1, "b"))), {
    timestamps: false,
  });
  expect((await bytesOf(read)).toString()).toBe("ab");
});
