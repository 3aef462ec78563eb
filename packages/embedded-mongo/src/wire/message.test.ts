import { serialize } from "bson";
import fc from "fast-check";
import { expect, test } from "vitest";
import { opMsg } from "../../test/support/raw-messages.ts";
import { ProtocolError, parseMessage } from "./message.ts";

test("a body and a document sequence become one command", () => {
  const message = opMsg({ update: "c", $db: "d" }, { updates: [{ q: {}, u: { a: 1 } }] });
  expect(parseMessage(message)).toMatchObject({
    name: "update",
    body: { update: "c", $db: "d", updates: [{ q: {}, u: { a: 1 } }] },
    wantsReply: true,
  });
});

test("documents to insert stay encoded, from the body and from a sequence", () => {
  const document = { _id: 1 };
  const inBody = parseMessage(opMsg({ insert: "c", documents: [document], $db: "d" }));
  const inSequence = parseMessage(opMsg({ insert: "c", $db: "d" }, { documents: [document] }));
  for (const { body } of [inBody, inSequence]) {
    expect((body["documents"] as Buffer[]).map((bytes) => Buffer.from(bytes))).toEqual([
      Buffer.from(serialize(document)),
    ]);
  }
});

test("more to come means that no reply is wanted", () => {
  expect(parseMessage(opMsg({ ping: 1, $db: "d" }, {}, 2)).wantsReply).toBe(false);
});

test("a checksum is tolerated", () => {
  const withChecksum = Buffer.concat([opMsg({ ping: 1, $db: "d" }, {}, 1), Buffer.alloc(4)]);
  withChecksum.writeInt32LE(withChecksum.length, 0);
  expect(parseMessage(withChecksum).name).toBe("ping");
});

test("unknown required flags are refused", () => {
  expect(() => parseMessage(opMsg({ ping: 1 }, {}, 4))).toThrow(ProtocolError);
});

test("a message that was damaged is refused or still a message, and nothing else is thrown", () => {
  const original = opMsg({ insert: "c", $db: "d" }, { documents: [{ a: "text", b: [1, 2] }] });
  const damage = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(damage, fc.nat(original.length), (changes, cut) => {
      const damaged = Buffer.from(original);
      for (const [position, byte] of changes) damaged[position] = byte;
      const bytes = damaged.subarray(0, Math.max(16, original.length - cut));
      try {
        parseMessage(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 3000 },
  );
});
