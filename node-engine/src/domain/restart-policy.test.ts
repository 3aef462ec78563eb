import fc from "fast-check";
import { expect, test } from "vitest";
import { freshLocalState, type LocalState } from "../store/instance-record.ts";
import { createFault } from "./fault.ts";
import { defaultRestartLimits, type Ending, settleEnding } from "./restart-policy.ts";

const limits = defaultRestartLimits;
const startMs = 1_700_000_000_000;
const at = (nowMs: number, isOneShot = false, random = 0) => ({
  nowMs: startMs + nowMs,
  random,
  isOneShot,
  limits,
});
const anExit = (exitCode: number, ranMs = 10, finishedAtMs = 1): Ending => ({
  kind: "exit",
  handle: "h",
  finishedAtMs,
  ranMs,
  exitCode,
  isOutOfMemory: false,
});
const aStartFault: Ending = { kind: "fault", fault: createFault("port_taken") };

/** Endings one after another, each as soon as the policy allows the try. */
function repeat(ending: Ending, times: number): LocalState[] {
  const states: LocalState[] = [];
  let local = freshLocalState;
  let nowMs = 0;
  for (let index = 0; index < times && local.outcome === undefined; index += 1) {
    local = settleEnding(local, ending, at(nowMs));
    states.push(local);
    nowMs += local.next_try?.delay_ms ?? 0;
  }
  return states;
}

test("a crash is restarted at once, then after 1, 2, 4 and 8 s, then given up", () => {
  const states = repeat(anExit(1), 10);

  expect(states.map(({ next_try }) => next_try?.delay_ms)).toEqual([
    ...[0, 1_000, 2_000, 4_000, 8_000],
    undefined,
  ]);
  expect(states.at(-1)).toMatchObject({ outcome: "gave_up", restarts: 5 });
});

test("what cannot be started is tried after 1, 2, 4, 8 and 16 s, and is no restart", () => {
  const states = repeat(aStartFault, 10);

  expect(states.map(({ next_try }) => next_try?.delay_ms)).toEqual([
    ...[1_000, 2_000, 4_000, 8_000, 16_000],
    undefined,
  ]);
  expect(states.at(-1)).toMatchObject({ outcome: "gave_up", restarts: 0 });
});

test("a stable minute makes earlier failures forgotten", () => {
  const [, , third] = repeat(anExit(1), 3);

  const next = settleEnding(third as LocalState, anExit(1, 60_000), at(100_000));

  expect(next.failures).toHaveLength(1);
  expect(next.next_try).toMatchObject({ delay_ms: 0, attempt: 1 });
});

test("failures older than ten minutes do not count", () => {
  const [, , third] = repeat(anExit(1), 3);

  const next = settleEnding(third as LocalState, anExit(1), at(700_000));

  expect(next.failures).toHaveLength(1);
});

test("a one-shot that ends with 0 is completed, with anything else it is tried again", () => {
  expect(settleEnding(freshLocalState, anExit(0), at(0, true)).outcome).toBe("completed");
  expect(settleEnding(freshLocalState, anExit(2), at(0, true)).next_try?.attempt).toBe(1);
});

test("a spec that is refused is given up at once", () => {
  const ending: Ending = { kind: "fault", fault: createFault("spec_refused") };

  expect(settleEnding(freshLocalState, ending, at(0))).toMatchObject({ outcome: "gave_up" });
});

test("an exit by the memory limit says so", () => {
  const ending = { ...anExit(137), isOutOfMemory: true } as Ending;

  expect(settleEnding(freshLocalState, ending, at(0)).last_fault?.reason).toBe("out_of_memory");
});

const anyEnding: fc.Arbitrary<Ending> = fc.oneof(
  fc.record({
    kind: fc.constant("exit" as const),
    handle: fc.constant("h"),
    finishedAtMs: fc.nat(),
    ranMs: fc.nat(120_000),
    exitCode: fc.integer({ min: 0, max: 255 }),
    isOutOfMemory: fc.boolean(),
  }),
  fc.constant(aStartFault),
);
const anyHistory = fc.array(
  fc.record({
    ending: anyEnding,
    afterMs: fc.nat(700_000),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  }),
  { maxLength: 30 },
);

test("a try is never later than the longest pause, and a pause is never cut by more than the jitter", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      let local = freshLocalState;
      let nowMs = 0;
      for (const { ending, afterMs, random } of history) {
        if (local.outcome !== undefined) return;
        nowMs += afterMs;
        local = settleEnding(local, ending, at(nowMs, false, random));
        const { next_try: next } = local;
        if (next === undefined) continue;
        expect(next.delay_ms).toBeGreaterThanOrEqual(0);
        expect(next.delay_ms).toBeLessThanOrEqual(limits.maxMs);
        expect(next.at_ms).toBe(startMs + nowMs + next.delay_ms);
        expect(next.attempt).toBeLessThanOrEqual(limits.tries);
      }
    }),
  );
});

test("every ending leads to another try or to an end, never to both", () => {
  fc.assert(
    fc.property(anyEnding, fc.boolean(), (ending, isOneShot) => {
      const next = settleEnding(freshLocalState, ending, at(0, isOneShot));
      expect((next.next_try === undefined) !== (next.outcome === undefined)).toBe(true);
    }),
  );
});

test("giving up takes more failures within ten minutes than there are tries", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      let local = freshLocalState;
      let nowMs = 0;
      for (const { ending, afterMs } of history) {
        nowMs += afterMs;
        local = settleEnding(local, ending, at(nowMs));
        if (local.outcome === undefined) continue;
        const times = local.failures.map(({ at_ms }) => at_ms);
        expect(times).toHaveLength(limits.tries + 1);
        expect(Math.max(...times) - Math.min(...times)).toBeLessThan(limits.windowMs);
        return;
      }
    }),
  );
});
