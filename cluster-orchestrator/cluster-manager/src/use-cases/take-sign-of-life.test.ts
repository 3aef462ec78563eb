import { type SignOfLife, SignOfLifeTerms, signedText } from "@oak/contracts";
import { codeOf } from "@oak/kit";
import { expect, test } from "vitest";
import type { Worker } from "../ports.ts";
import { createSignBook } from "./take-sign-of-life.ts";

const id = "a".repeat(24);
const session = 7;

/** One worker in its present session, and what it would send. */
function setUp() {
  const signed: number[] = [];
  const worker: Worker = {
    id,
    session,
    liveness: "alive",
    heardAtMs: 0,
    hasReported: true,
    isLegacy: false,
  };
  const roster = {
    get: (asked: string) => (asked === id ? worker : undefined),
    signed: (_: string, seq: number) => {
      signed.push(seq);
      worker.sign = { seq, atMs: 0 };
    },
  };
  const book = createSignBook({ roster, tierSecret: "secret of the tier", timeoutMs: 5_000 });
  const aSign = (over: Partial<Omit<SignOfLife, "code">> = {}): SignOfLife => {
    const sign = { id, session, seq: 1, ...over };
    const { key } = book.terms({ id, session });
    return { ...sign, code: codeOf(key, signedText(sign)) };
  };
  return { book, aSign, signed };
}

test("what a worker is told fits into its registration, and leaves time for many signs", () => {
  const terms = setUp().book.terms({ id, session });
  expect(SignOfLifeTerms.parse(terms)).toMatchObject({ patience_ms: 1_000, every_ms: 250 });
});

test("signs count in their order, each once", () => {
  const { book, aSign, signed } = setUp();
  expect(book.take(aSign({ seq: 1 }))).toBe("heard");
  expect(book.take(aSign({ seq: 5 }))).toBe("heard");
  expect(book.take(aSign({ seq: 5 }))).toBe("repeated");
  expect(book.take(aSign({ seq: 4 }))).toBe("repeated");
  expect(signed).toEqual([1, 5]);
});

test("a sign without the key of the session does not count", () => {
  const { book, aSign, signed } = setUp();
  const { key: ofAnother } = book.terms({ id, session: session - 1 });
  const sign = aSign();
  expect(book.take({ ...sign, code: "" })).toBe("forged");
  expect(book.take({ ...sign, code: codeOf(ofAnother, signedText(sign)) })).toBe("forged");
  expect(book.take({ ...sign, seq: 2 })).toBe("forged");
  expect(signed).toEqual([]);
});

test("signs of a stranger and of another session do not count", () => {
  const { book, aSign, signed } = setUp();
  expect(book.take(aSign({ id: "b".repeat(24) }))).toBe("unknown_worker");
  expect(book.take(aSign({ session: session - 1 }))).toBe("other_session");
  expect(signed).toEqual([]);
});
