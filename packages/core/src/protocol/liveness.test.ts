import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeSilence, type SilenceInput } from "./liveness.ts";

const minute = 60_000;

function anInput(over: Partial<SilenceInput> = {}): SilenceInput {
  return {
    nowMs: 10 * minute,
    timeoutMs: 5000,
    reconnectSpreadMs: 2000,
    startedAtMs: 0,
    linkUpSinceMs: 0,
    loopLateMs: 0,
    children: [],
    ...over,
  };
}

/** `silent` children without a word for a minute, and `talking` that spoke a moment ago. */
function children(silent: number, talking: number): SilenceInput["children"] {
  return [
    ...Array.from({ length: silent }, (_, n) => ({ id: `silent-${n}`, heardAtMs: 9 * minute })),
    ...Array.from({ length: talking }, (_, n) => ({ id: `talking-${n}`, heardAtMs: 10 * minute })),
  ];
}

test("who was silent for the timeout is lost, and nobody else", () => {
  const heard = [
    { id: "just over", heardAtMs: 10 * minute - 5000 },
    { id: "just under", heardAtMs: 10 * minute - 4999 },
  ];
  expect(judgeSilence(anInput({ children: heard }))).toEqual({ lost: ["just over"] });
});

test.each<[title: string, input: Partial<SilenceInput>, verdict: object]>([
  ["the judge's own loop is late", { loopLateMs: 1001 }, { braked: "own_loop_late" }],
  ["its loop is late by what is tolerated", { loopLateMs: 1000 }, { lost: ["silent-0"] }],
  ["the judge has just started", { startedAtMs: 10 * minute - 6999 }, { braked: "just_started" }],
  ["it has run long enough", { startedAtMs: 10 * minute - 7000 }, { lost: ["silent-0"] }],
  ["its link is down", { linkUpSinceMs: undefined }, { braked: "link_down" }],
  ["its link is young", { linkUpSinceMs: 10 * minute - 6999 }, { braked: "link_young" }],
  ["its link is old enough", { linkUpSinceMs: 10 * minute - 7200 }, { lost: ["silent-0"] }],
])("one of ten is silent and %s", (_title, input, verdict) => {
  expect(judgeSilence(anInput({ children: children(1, 9), ...input }))).toEqual(verdict);
});

test("after the link was down a crowd gets the time that it takes to come back one by one", () => {
  const linkUpSinceMs = 10 * minute - 10_000;
  const lostOf = (silent: number, talking: number) => {
    const verdict = judgeSilence(anInput({ linkUpSinceMs, children: children(silent, talking) }));
    return "lost" in verdict ? verdict.lost.length : verdict.braked;
  };
  expect(lostOf(2, 298)).toBe(2);
  expect(lostOf(2, 299)).toBe("crowd_returns");
});

test("nobody is judged while a crowd still returns, not even who was back already", () => {
  const linkUpSinceMs = 10 * minute - 10_000;
  const again = { id: "again", heardAtMs: linkUpSinceMs + 1 };
  const judged = (missing: number) =>
    judgeSilence(anInput({ linkUpSinceMs, children: [again, ...children(missing, 9_000)] }));
  expect(judged(1)).toEqual({ braked: "crowd_returns" });
  expect(judged(0)).toEqual({ lost: ["again"] });
});

test("who came back and fell silent again is lost like anybody else", () => {
  const linkUpSinceMs = 9 * minute;
  const crowd = children(0, 9_000);
  const again = { id: "again", heardAtMs: 9 * minute + 1 };
  expect(judgeSilence(anInput({ linkUpSinceMs, children: [again, ...crowd] }))).toEqual({
    lost: ["again"],
  });
});

test.each([
  ["three of ten: just the share that is believed", 3, 7, 3],
  ["two of two: too few to be a mass", 2, 0, 2],
  ["three of three", 3, 0, "too_many_silent"],
  ["four of ten", 4, 6, "too_many_silent"],
  ["31 of 100", 31, 69, "too_many_silent"],
  ["30 of 100", 30, 70, 30],
])("%s", (_title, silent, talking, expected) => {
  const verdict = judgeSilence(anInput({ children: children(silent, talking) }));
  expect("lost" in verdict ? verdict.lost.length : verdict.braked).toBe(expected);
});

test("nobody who was heard within the timeout is ever lost", () => {
  const time = fc.integer({ min: 0, max: 2 * minute });
  fc.assert(
    fc.property(fc.array(time, { maxLength: 20 }), time, (heard, nowMs) => {
      const all = heard.map((heardAtMs, n) => ({ id: `${n}`, heardAtMs }));
      const verdict = judgeSilence(anInput({ nowMs, children: all }));
      if ("braked" in verdict) return;
      for (const id of verdict.lost) {
        expect(nowMs - (heard[Number(id)] ?? nowMs)).toBeGreaterThanOrEqual(5000);
      }
    }),
  );
});
