import fc from "fast-check";
import { expect, test } from "vitest";
import { type DigestEntry, digestOf } from "./digest.ts";

const entries: fc.Arbitrary<DigestEntry[]> = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom("a/0", "a/1", "a/10", "b/0", "b/1"),
    epoch: fc.nat(12),
    placement: fc.nat(12),
    status: fc.constantFrom("RUNNING", "CREATING", "FAILED", ""),
  }),
  { selector: ({ key }) => key },
);

test("a digest has 16 hex characters, also that of nothing", () => {
  expect(digestOf([])).toBe("0000000000000000");
  fc.assert(
    fc.property(entries, (held) => {
      expect(digestOf(held)).toMatch(/^[0-9a-f]{16}$/);
    }),
  );
});

test("the order does not matter", () => {
  fc.assert(
    fc.property(entries, (held) => {
      expect(digestOf([...held].reverse())).toBe(digestOf(held));
    }),
  );
});

test("sets that differ in anything have different digests", () => {
  const textOf = (held: DigestEntry[]): string =>
    JSON.stringify(held.map((e) => [e.key, e.epoch, e.placement, e.status]).sort());
  fc.assert(
    fc.property(entries, entries, (one, other) => {
      expect(digestOf(one) === digestOf(other)).toBe(textOf(one) === textOf(other));
    }),
  );
});

test("numbers that would read alike side by side are told apart", () => {
  const entry = { key: "a/1", status: "RUNNING" };
  expect(digestOf([{ ...entry, epoch: 1, placement: 11 }])).not.toBe(
    digestOf([{ ...entry, epoch: 11, placement: 1 }]),
  );
});
