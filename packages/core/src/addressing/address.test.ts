import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, isInside, parseAddress } from "./address.ts";

const v6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
const v4 = fc.bigInt({ min: 0n, max: (1n << 32n) - 1n });

test("every address survives being written and read", () => {
  fc.assert(
    fc.property(v4, v6, (four, six) => {
      expect(parseAddress(formatAddress({ family: 4, value: four }))?.value).toBe(four);
      expect(parseAddress(formatAddress({ family: 6, value: six }))?.value).toBe(six);
    }),
  );
});

test("zeros are left out as RFC 5952 says", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(0, 1, 0xabcd), { minLength: 8, maxLength: 8 }),
      (groups) => {
        const plain = groups.map((group) => group.toString(16)).join(":");
        const address = parseAddress(plain)!;
        // The platform's own rules, which are those of the RFC.
        expect(`[${formatAddress(address)}]`).toBe(new URL(`http://[${plain}]`).hostname);
      },
    ),
  );
});

test.each([
  ["FDFF:2000:0::1337", "fdff:2000::1337"],
  ["::ffff:10.30.0.1", "::ffff:a1e:1"],
  ["10.30.0.1", "10.30.0.1"],
])("%s is written as %s", (text, written) => {
  expect(formatAddress(parseAddress(text)!)).toBe(written);
});

test.each([
  "",
  "10.30.300.1",
  "10.30.1",
  "10.30.01.1",
  "10.30.x.y",
  "1:2:3:4:5:6:7",
  "1::2::3",
  "1:2:3:4:5:6:7:8::",
  "fdff:10.0.0.1::",
  "fe80::1%eth0",
  "12345::",
  ":::",
])("%j is no address", (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test("a prefix holds its own family alone", () => {
  const prefix = { family: 4, value: 0x0a1e_0000n, length: 16 } as const;
  expect(isInside({ family: 4, value: 0x0a1e_ffffn }, prefix)).toBe(true);
  expect(isInside({ family: 4, value: 0x0a1f_0000n }, prefix)).toBe(false);
  expect(isInside({ family: 6, value: 0x0a1e_0000n }, prefix)).toBe(false);
});
