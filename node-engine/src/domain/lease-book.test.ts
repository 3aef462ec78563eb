import type { InstanceKey } from "@oak/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { aJobId } from "../../test/builders.ts";
import { createLeaseBook } from "./lease-book.ts";

const key: InstanceKey = `${aJobId}/0`;
const ttlMs = 10_000;

function aBook(startMs = 100_000) {
  const time = { nowMs: startMs };
  const book = createLeaseBook(() => time.nowMs);
  return { time, book };
}

test("an instance that was never named may neither run nor start", () => {
  const { book } = aBook();
  book.hold(key, ttlMs);

  expect(book.leftMs(key)).toBe(0);
  expect(book.mayStart(key)).toBe(false);
});

test("a lease counts from the heartbeat and not from its answer, and ends two seconds early", () => {
  const { book, time } = aBook();
  book.hold(key, ttlMs);

  book.renew(key, time.nowMs - 3_000);

  expect(book.leftMs(key)).toBe(5_000);
  time.nowMs += 5_000;
  expect(book.leftMs(key)).toBe(0);
});

test("of a short lease a fifth is kept for the kill", () => {
  const { book, time } = aBook();
  book.hold(key, 1_000);

  book.renew(key, time.nowMs);

  expect(book.leftMs(key)).toBe(800);
});

test("nothing begins to run in the second half of a lease", () => {
  const { book, time } = aBook();
  book.hold(key, ttlMs);
  book.renew(key, time.nowMs);

  time.nowMs += 3_999;
  expect(book.mayStart(key)).toBe(true);
  time.nowMs += 1;
  expect(book.mayStart(key)).toBe(false);
  expect(book.leftMs(key)).toBe(4_000);
});

test("an answer that comes late does not shorten the lease", () => {
  const { book, time } = aBook();
  book.hold(key, ttlMs);

  book.renew(key, time.nowMs);
  book.renew(key, time.nowMs - 4_000);

  expect(book.leftMs(key)).toBe(8_000);
});

test("a clock that went back, as in a container that was restarted, ends the lease", () => {
  const { book, time } = aBook();
  book.hold(key, ttlMs);
  book.renew(key, time.nowMs);

  time.nowMs = 5;

  expect(book.leftMs(key)).toBe(0);
});

test("holding again under another time keeps what was heard", () => {
  const { book, time } = aBook();
  book.hold(key, ttlMs);
  book.renew(key, time.nowMs);

  book.hold(key, 20_000);

  expect(book.all()).toEqual([{ key, ttlMs: 20_000, sentMs: time.nowMs }]);
  expect(book.leftMs(key)).toBe(18_000);
});

test("what was released is not renewed", () => {
  const { book, time } = aBook();
  book.hold(key, ttlMs);
  book.release(key);

  book.renew(key, time.nowMs);

  expect(book.has(key)).toBe(false);
  expect(book.leftMs(key)).toBe(0);
});

test("whatever is heard and however late, nothing may run at the end of the last answered heartbeat", () => {
  const answers = fc.array(fc.record({ sentMs: fc.nat(60_000), lateMs: fc.nat(60_000) }));
  fc.assert(
    fc.property(answers, fc.integer({ min: 10, max: 60_000 }), (heard, ttl) => {
      const { book, time } = aBook();
      book.hold(key, ttl);
      const inOrder = heard
        .map(({ sentMs, lateMs }) => ({ sentMs, atMs: sentMs + lateMs }))
        .sort((a, b) => a.atMs - b.atMs);
      let lastSentMs = 0;
      for (const { sentMs, atMs } of inOrder) {
        time.nowMs = atMs;
        book.renew(key, sentMs);
        lastSentMs = Math.max(lastSentMs, sentMs);
        expect(time.nowMs + book.leftMs(key)).toBeLessThan(
          Math.max(time.nowMs + 1, lastSentMs + ttl),
        );
      }
    }),
  );
});
