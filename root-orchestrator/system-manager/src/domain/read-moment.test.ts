import { expect, test } from "vitest";
import { readMoment } from "./read-moment.ts";

const nowMs = Date.UTC(2026, 0, 2);

test.each([
  ["1700000000", 1_700_000_000_000],
  ["1700000000.5", 1_700_000_000_500],
  ["2023-11-14T22:13:20Z", 1_700_000_000_000],
  ["2023-11-14t23:13:20.25+01:00", 1_700_000_000_250],
  ["2026-01-01", Date.UTC(2026, 0, 1)],
  ["90s", nowMs - 90_000],
  ["1h30m", nowMs - 5_400_000],
  ["1d", nowMs - 86_400_000],
])("%s is a moment", (text, ms) => {
  expect(readMoment(text, nowMs)).toBe(ms);
});

test.each(["999999999d", "0", "0000-01-01"])("%s is as early as can be", (text) => {
  expect(readMoment(text, nowMs)).toBe(0);
});

test("a moment beyond all times that can be written is the last of them", () => {
  const ms = readMoment("999999999999999", nowMs) ?? Number.NaN;
  expect(new Date(ms).toISOString()).toBe("9999-12-31T23:59:59.999Z");
});

test.each(["", "yesterday", "10 m", "-1", "1e9", "2026-13-01", "2026-01-01T", "5mm", "1y"])(
  "%j is no moment",
  (text) => {
    expect(readMoment(text, nowMs)).toBeUndefined();
  },
);
