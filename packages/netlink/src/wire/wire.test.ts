import fc from "fast-check";
import { expect, test } from "vitest";
import { formatIp, formatMac, parseIp, parseMac, parsePrefix } from "./ip-text.ts";
import { MessageWriter } from "./message-writer.ts";
import { parseAnswers } from "./parse-answers.ts";
import { readAttributes, readNested, readText } from "./read-attributes.ts";

const header = { type: 16, flags: 5, sequence: 9 };

test("attributes within attributes are read as they were written", () => {
  const writer = new MessageWriter(1);
  writer.message(header, () => {
    writer.u32(77);
    writer.attributeText(3, "eth0");
    writer.nested(18, () => {
      writer.attributeU16Be(15, 50103);
      writer.attributeU8(7, 1);
    });
  });
  const [message] = parseAnswers(writer.written());
  const payload = message && "payload" in message ? message.payload : Buffer.alloc(0);
  expect(message).toMatchObject({ type: 16, sequence: 9, isInterrupted: false });
  expect(payload.readUInt32LE(0)).toBe(77);
  const attributes = readAttributes(payload, 4);
  expect(readText(attributes.get(3) ?? Buffer.alloc(0))).toBe("eth0");
  expect(readNested(attributes, 18)).toEqual(
    new Map([
      [15, Buffer.from([195, 183])],
      [7, Buffer.from([1])],
    ]),
  );
});

test("any values survive, and each message starts at a multiple of four", () => {
  const values = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 4 }), (messages) => {
      const writer = new MessageWriter(8);
      for (const message of messages) {
        writer.message(header, () => {
          message.forEach((value, index) => {
            writer.attribute(index + 1, value);
          });
        });
      }
      const read = parseAnswers(writer.written()).map((part) =>
        "payload" in part ? [...readAttributes(part.payload).values()] : [],
      );
      expect(read).toEqual(messages.map((message) => message.map((value) => Buffer.from(value))));
    }),
  );
});

test("bytes that are no attributes end the reading, whatever they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      readAttributes(Buffer.from(bytes));
      parseAnswers(Buffer.from(bytes));
    }),
  );
});

test("an attribute that cannot say its length is refused", () => {
  const writer = new MessageWriter();
  const half = Buffer.alloc(40_000);
  const fill = () => {
    writer.attribute(1, half);
    writer.attribute(1, half);
  };
  expect(() => writer.nested(3, fill)).toThrow(RangeError);
});

test("an error carries the kernel's words from behind the header that it repeats", () => {
  const writer = new MessageWriter();
  const capped = 0x100;
  const withWords = 0x200;
  writer.message({ type: 2, flags: capped | withWords, sequence: 4 }, () => {
    writer.u32(-17);
    for (let word = 0; word < 4; word += 1) writer.u32(0);
    writer.attributeText(1, "already there");
    writer.attributeU32(2, 40);
  });
  expect(parseAnswers(writer.written())).toEqual([
    { sequence: 4, errno: 17, isInterrupted: false, reason: "already there", offset: 40 },
  ]);
});

test("addresses are text and bytes, and the text is the shortest", () => {
  expect(formatIp(parseIp("10.18.0.64"))).toBe("10.18.0.64");
  for (const [text, short] of [
    ["::", "::"],
    ["::1", "::1"],
    ["fdff:2000::", "fdff:2000::"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:DB8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["::ffff:10.0.0.1", "::ffff:a00:1"],
  ] as const) {
    expect(formatIp(parseIp(text))).toBe(short);
  }
  for (const text of ["10.0.0", "10.0.0.256", "fe80::1%eth0", ""]) {
    expect(() => parseIp(text)).toThrow(TypeError);
  }
});

test("any IPv6 address survives", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      expect(parseIp(formatIp(bytes))).toEqual(Buffer.from(bytes));
    }),
  );
});

test("prefixes and MAC addresses are checked", () => {
  expect(parsePrefix("fc00::/120")).toMatchObject({ family: 10, length: 120 });
  for (const text of ["10.0.0.0/33", "10.0.0.0", "10.0.0.0/x"]) {
    expect(() => parsePrefix(text)).toThrow(TypeError);
  }
  expect(formatMac(parseMac("02:00:0A:12:00:40"))).toBe("02:00:0a:12:00:40");
  expect(() => parseMac("02:00:0a:12:00")).toThrow(TypeError);
});
