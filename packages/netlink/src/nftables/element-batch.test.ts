import { expect, test } from "vitest";
import { parseAnswers } from "../wire/parse-answers.ts";
import { writeElementBatch } from "./element-batch.ts";
import { parseElements } from "./parse-elements.ts";

const address = { family: 1, table: "oak" };

const key = (number: number): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(number, 12);
  return bytes;
};

const numbers = () => {
  let sequence = 0;
  return () => {
    sequence += 1;
    return sequence;
  };
};

const messagesOf = (bytes: Buffer) =>
  parseAnswers(bytes).flatMap((part) => ("payload" in part ? [part] : []));

test("many elements are split into messages of one batch, none lost and in order", () => {
  const changes = Array.from({ length: 3000 }, (_, number) => ({
    op: "add" as const,
    set: "services",
    key: key(number),
    data: key(number),
    timeoutMs: 1000,
  }));
  const { bytes, last } = writeElementBatch(address, changes, numbers());
  const messages = messagesOf(bytes);
  const inner = messages.slice(1, -1);
  expect(inner.length).toBeGreaterThan(2);
  expect(inner.every(({ payload }) => payload.length < 65_536)).toBe(true);
  expect(inner.at(-1)?.sequence).toBe(last);
  const elements = inner.flatMap(({ payload }) => parseElements(payload));
  expect(elements).toEqual(changes.map((change) => ({ key: change.key, data: change.data })));
});

test("changes keep their order where kinds and sets alternate", () => {
  const { bytes } = writeElementBatch(
    address,
    [
      { op: "delete", set: "a", key: key(1) },
      { op: "add", set: "a", key: key(1) },
      { op: "add", set: "b", key: key(1) },
      { op: "delete", set: "b", key: key(2), mayBeAbsent: true },
    ],
    numbers(),
  );
  expect(messagesOf(bytes).map(({ type }) => type & 255)).toEqual([16, 14, 12, 12, 30, 17]);
});

test("where the kernel points in a message leads back to the change", () => {
  const changes = [1, 2, 3].map((number) => ({ op: "add" as const, set: "a", key: key(number) }));
  const { changeAt, last } = writeElementBatch(address, changes, numbers());
  const start = 16 + 4 + 8 + 8 + 4;
  const size = 4 + 4 + 4 + 16;
  expect(changeAt(last, start)).toBe(0);
  expect(changeAt(last, start + 2 * size)).toBe(2);
  expect(changeAt(last, 20)).toBeUndefined();
  expect(changeAt(last + 7, start)).toBeUndefined();
});
