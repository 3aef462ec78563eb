import fc from "fast-check";
import { expect, test } from "vitest";
import {
  createPacketReader,
  encodeConnect,
  encodePuback,
  encodePublish,
  encodeSubscribe,
  type Incoming,
} from "./mqtt-packets.ts";

function read(chunks: readonly Buffer[]): Incoming[] {
  const packets: Incoming[] = [];
  const reader = createPacketReader((packet) => packets.push(packet));
  for (const chunk of chunks) reader(chunk);
  return packets;
}

/** Cut at places that a network might choose. */
function inPieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...pieces, bytes.subarray(at)].filter((piece) => piece.length > 0);
}

const message = fc.record({
  topic: fc.string({ minLength: 1, unit: "grapheme" }),
  payload: fc.string({ maxLength: 2_000, size: "max" }),
  id: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
});

test("messages are read as they were written, in pieces of any size", () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 300 })),
      (messages, sizes) => {
        const bytes = Buffer.concat(messages.map((m) => encodePublish(m.topic, m.payload, m.id)));
        const packets = read(inPieces(bytes, sizes));
        expect(packets).toEqual(
          messages.map(({ topic, payload, id }) => ({
            kind: "publish",
            topic,
            payload: Buffer.from(payload),
            qos: id === undefined ? 0 : 1,
            id: id ?? 0,
          })),
        );
      },
    ),
    { numRuns: 50 },
  );
});

test("answers of a broker are told apart", () => {
  const answers = [
    Buffer.of(0x20, 2, 0, 5),
    Buffer.of(0x90, 3, 0, 1, 1),
    encodePuback(513),
    Buffer.of(0xd0, 0),
  ];
  expect(read([Buffer.concat(answers)])).toEqual([
    { kind: "connack", returnCode: 5 },
    { kind: "suback", returnCode: 1 },
    { kind: "puback", id: 513 },
    { kind: "pingresp" },
  ]);
});

test("a connect says everything in the order of the standard", () => {
  const will = { topic: "t", payload: "gone" };
  const bytes = encodeConnect({ clientId: "c", username: "u", password: "p", keepaliveS: 5, will });
  const text = ["c", "t", "gone", "u", "p"].map(
    (field) => `\0${String.fromCharCode(field.length)}${field}`,
  );
  expect(bytes.toString("latin1")).toBe(`\x10\x1c\0\x04MQTT\x04\xce\0\x05${text.join("")}`);
});

test("a subscription asks for its quality", () => {
  const bytes = encodeSubscribe(7, "a/+", 1);
  expect([...bytes]).toEqual([0x82, 8, 0, 7, 0, 3, ...Buffer.from("a/+"), 1]);
});

test("a length that no packet has ends the reading", () => {
  expect(() => read([Buffer.of(0x30, 0xff, 0xff, 0xff, 0xff, 1)])).toThrow("longer");
});
