import { encode } from "dns-packet";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readQuery } from "./read-query.ts";

const name = "web.prod.shop.prod.oak";
const query = encode({ type: "query", id: 7, questions: [{ name, type: "A" }] });
const counts = (questions: number, additionals = 0) =>
  Buffer.from([0, 7, 1, 0, questions >> 8, questions & 255, 0, 0, 0, 0, 0, additionals]);

test("a question is read, and whether its asker knows EDNS", () => {
  expect(readQuery(query)).toMatchObject({
    id: 7,
    question: { name, type: "A" },
    isExtended: false,
  });
  // A cookie, and a subnet that is none.
  const options = Buffer.from("000029100000000000000e000a00081122334455667788ffff", "hex");
  const extended = Buffer.concat([counts(1, 1), query.subarray(12), options]);
  expect(readQuery(extended)).toMatchObject({ question: { name }, isExtended: true });
});

test.each([
  ["HTTPS", 65],
  ["a type that nobody knows", 4_000],
])("%s is a question like others", (_what, type) => {
  const packet = Buffer.from(query);
  packet.writeUInt16BE(type, packet.length - 4);
  expect(readQuery(packet)?.question?.name).toBe(name);
});

test("several questions, none, and other operations are answered without being read", () => {
  const body = query.subarray(12);
  for (const packet of [
    counts(0),
    Buffer.concat([counts(2), body, body]),
    Buffer.concat([Buffer.from([0, 7, 0x28, 0]), query.subarray(4)]),
  ]) {
    expect(readQuery(packet)).toMatchObject({ id: 7, isExtended: false });
    expect(readQuery(packet)?.question).toBeUndefined();
  }
});

test("names that point elsewhere, are too long or end too early are no question", () => {
  const long = Buffer.concat([...Array(6).fill(Buffer.alloc(51, 50)), Buffer.alloc(5)]);
  for (const body of [Buffer.from("c00c00010001", "hex"), query.subarray(12, -3), long]) {
    expect(readQuery(Buffer.concat([counts(1), body]))).toBeUndefined();
  }
});

test("nothing makes it throw", () => {
  const anyPacket = fc
    .uint8Array({ maxLength: 80 })
    .map((bytes) => Buffer.concat([counts(1), Buffer.from(bytes)]));
  fc.assert(
    fc.property(anyPacket, (packet) => {
      readQuery(packet);
    }),
  );
});
