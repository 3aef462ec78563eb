import { expect, test } from "vitest";
import { aJobId, aWorkloadSpec } from "../../test/builders.ts";
import { createObservedWorkloads } from "./observed-workloads.ts";
import type { ObservedWorkload } from "./workload.ts";

const key = `${aJobId}/0`;

function aLook(overrides: Partial<ObservedWorkload> = {}): ObservedWorkload {
  return {
    handle: "h",
    identity: aWorkloadSpec().identity,
    state: "running",
    createdAtMs: 1,
    startedAtMs: 10,
    finishedAtMs: 0,
    isOutOfMemory: false,
    publishedPorts: [],
    ...overrides,
  };
}
const ended = aLook({ state: "exited", finishedAtMs: 20, exitCode: 1 });

test("nothing is known before the first list", () => {
  const observed = createObservedWorkloads();
  expect(observed.isComplete()).toBe(false);

  observed.replace([], observed.mark());

  expect(observed.isComplete()).toBe(true);
});

test("a look that comes late does not replace a later one", () => {
  const observed = createObservedWorkloads();
  observed.put(ended);

  observed.put(aLook());

  expect(observed.of(key)).toEqual([ended]);
});

test("a run that ended in the moment of its start stays ended", () => {
  const observed = createObservedWorkloads();
  const brief = aLook({ state: "exited", finishedAtMs: 10 });
  observed.put(brief);

  observed.put(aLook());

  expect(observed.of(key)).toEqual([brief]);
});

test("a new run replaces the end of the one before", () => {
  const observed = createObservedWorkloads();
  observed.put(ended);
  const again = aLook({ startedAtMs: 30, finishedAtMs: 20 });

  observed.put(again);

  expect(observed.of(key)).toEqual([again]);
});

test("a list takes away what it does not name", () => {
  const observed = createObservedWorkloads();
  observed.put(aLook());

  observed.replace([], observed.mark());

  expect(observed.all()).toEqual([]);
});

test("a list leaves what was created after it was asked for", () => {
  const observed = createObservedWorkloads();
  const mark = observed.mark();
  observed.put(aLook());

  observed.replace([], mark);

  expect(observed.keys()).toEqual([key]);
});

test("a list does not bring back what went after it was asked for", () => {
  const observed = createObservedWorkloads();
  observed.put(aLook());
  const mark = observed.mark();
  expect(observed.drop("h")).toBe(key);

  observed.replace([aLook()], mark);

  expect(observed.all()).toEqual([]);
});

test("a list does not undo an event that overtook it", () => {
  const observed = createObservedWorkloads();
  const mark = observed.mark();
  observed.put(ended);

  observed.replace([aLook()], mark);

  expect(observed.of(key)).toEqual([ended]);
});
