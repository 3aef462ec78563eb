import { expect, test } from "vitest";
import { anInstance } from "../../test/instance-builders.ts";
import { lastSent, type SentTimes } from "./send-command.ts";

const other = "b00000000000000000000000";

test("a command to another worker is another one, though the numbers of both are alike", () => {
  const instance = anInstance({
    phase: "assigned",
    child: "a00000000000000000000000",
    want_rev: 1,
  });
  const sent: SentTimes = new Map();
  const noted = { child: "a00000000000000000000000", want_rev: 1, firstAtMs: 5, atMs: 7 };
  sent.set(instance._id, noted);

  expect(lastSent(sent, instance)).toEqual(noted);
  expect(lastSent(sent, { ...instance, child: other })).toBeUndefined();
  expect(lastSent(sent, { ...instance, want_rev: 2 })).toBeUndefined();
});
