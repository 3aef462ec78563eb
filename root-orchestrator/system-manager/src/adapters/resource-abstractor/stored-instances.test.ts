import type { Instance, Observation } from "@oak/contracts";
import { expect, test } from "vitest";
import { createStoredInstances } from "./stored-instances.ts";

const anInstance = (seen: Partial<Observation> | null): Instance =>
  ({ _id: "a/0", seen, cpu_history: [], memory_history: [] }) as unknown as Instance;
const first = {
  epoch: 1,
  placement: 0,
  seq: 1,
  status: "RUNNING",
  logs: "words",
  reason: "r",
} as const;

test("what a report leaves out stays from the one before, but for its reason", () => {
  const stored = createStoredInstances();
  const before = anInstance(first);
  const after = anInstance({ epoch: 1, placement: 0, seq: 2, status: "FAILED" });
  stored.changed("a/0", before, after);
  const { reason: _reason, ...facts } = first;
  expect(stored.asStored(after).seen).toEqual({ ...facts, seq: 2, status: "FAILED" });
  // A decision changes the instance and not what is seen.
  const decided = { ...after, status_detail: "decided" };
  stored.changed("a/0", after, decided);
  expect(stored.asStored(decided).seen).toMatchObject({ seq: 2, logs: "words" });
});

test("a report about another copy stands for itself, and so does one that says everything", () => {
  const stored = createStoredInstances();
  const whole = anInstance({ ...first, seq: 2 });
  stored.changed("a/0", anInstance(first), whole);
  expect(stored.asStored(whole)).toBe(whole);
  const next = anInstance({ epoch: 2, placement: 0, seq: 3, status: "CREATED" });
  stored.changed("a/0", whole, next);
  expect(stored.asStored(next)).toBe(next);
});

test("an instance that was removed and made again has nothing of the one before", () => {
  const stored = createStoredInstances();
  const later = anInstance({ epoch: 1, placement: 0, seq: 2, status: "FAILED" });
  stored.changed("a/0", anInstance(first), later);
  stored.changed("a/0", later, undefined);
  const again = anInstance(null);
  stored.changed("a/0", undefined, again);
  stored.changed("a/0", again, later);
  expect(stored.asStored(later)).toBe(later);
});

test("charts are not shown: what one reading brought along would stay as it was", () => {
  const charted = { ...anInstance(first), cpu_history: [{ value: "1", timestamp: "t" }] };
  expect(createStoredInstances().asStored(charted)).toEqual(anInstance(first));
});
