import fc from "fast-check";
import { expect, test } from "vitest";
import { createFrameGuard } from "./frame-guard.ts";

const limit = 1_000;

/** A packet with a body of `length` bytes. */
function packet(length: number): Buffer {
  const header = [0x30];
  for (let rest = length; ; ) {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    header.push(rest > 0 ? digit | 0x80 : digit);
    if (rest === 0) break;
  }
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0xff)]);
}

test("packets up to the limit pass, however the bytes are cut", () => {
  const lengths = fc.array(fc.nat({ max: limit }), { maxLength: 8 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 300 }), (all, step) => {
      const bytes = Buffer.concat(all.map(packet));
      const guard = createFrameGuard(limit);
      for (let at = 0; at < bytes.length; at += step) {
        expect(guard.accept(bytes.subarray(at, at + step))).toBe("ok");
      }
    }),
  );
});

test("a packet above the limit is known by its header", () => {
  const guard = createFrameGuard(limit);
  expect(guard.accept(packet(limit + 1).subarray(0, 3))).toBe("too_large");
});

test("a length of more than four bytes is malformed", () => {
  const guard = createFrameGuard(2 ** 30);
  expect(guard.accept(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]))).toBe("malformed");
});

test("a raised limit holds from the next packet on", () => {
  const guard = createFrameGuard(10);
  expect(guard.accept(packet(10))).toBe("ok");
  guard.allow(20);
  expect(guard.accept(packet(20))).toBe("ok");
  expect(guard.accept(packet(21))).toBe("too_large");
});
