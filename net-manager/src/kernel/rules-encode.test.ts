import fc from "fast-check";
import { expect, test } from "vitest";
import {
  address,
  addressText,
  fromBytes,
  linkName,
  port,
  protocol,
  toBytes,
  word,
  wordValue,
} from "./rules-encode.ts";

const hex = (bytes: string): string => Buffer.from(toBytes(bytes)).toString("hex");

test.each([
  ["an IPv4 address", address("10.30.0.1"), "0a1e0001"],
  ["an IPv6 address", address("fdff:2000::1"), "fdff2000000000000000000000000001"],
  ["a mark", word(0x201), "01020000"],
  ["a port", port(8080), "1f900000"],
  ["a protocol", protocol("udp"), "11000000"],
  ["an interface", linkName("v2"), "76320000000000000000000000000000"],
])("%s is what nft sends", (_, bytes, expected) => {
  expect(hex(bytes)).toBe(expected);
});

test("addresses, marks and bytes can be read back", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.nat(), fc.uint8Array(), (text, mark, bytes) => {
      expect(addressText(address(text))).toBe(text);
      expect(wordValue(word(mark))).toBe(mark);
      expect(toBytes(fromBytes(bytes))).toEqual(Buffer.from(bytes));
    }),
  );
});
