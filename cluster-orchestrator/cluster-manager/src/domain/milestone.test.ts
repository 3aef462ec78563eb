import type { Instance } from "@oak/contracts";
import { expect, test } from "vitest";
import { isMilestone } from "./milestone.ts";

const child = "00000000000000000000000a";

function anInstance(changes: Partial<Instance>): Instance {
  const assigned: Partial<Instance> = {
    phase: "assigned",
    child,
    epoch: 1,
    placement: 1,
    status: "NODE_SCHEDULED",
    seen: null,
  };
  return { ...assigned, ...changes } as Instance;
}

function seen(status: string, placement = 1): Pick<Instance, "seen"> {
  return { seen: { status, epoch: 1, placement } as Instance["seen"] };
}

test("steps on the way to running are told with the next one", () => {
  const steps = ["NODE_SCHEDULED", "CREATING", "CREATED"];
  expect(steps.map((status) => isMilestone(undefined, anInstance(seen(status))))).toEqual([
    false,
    false,
    false,
  ]);
});

test("running, ends and failures are told at once", () => {
  const ends = ["RUNNING", "COMPLETED", "FAILED", "DEAD"];
  expect(ends.every((status) => isMilestone(undefined, anInstance(seen(status))))).toBe(true);
});

test("what an older copy was seen at does not count", () => {
  expect(isMilestone(undefined, anInstance(seen("RUNNING", 0)))).toBe(false);
});

test("an instance that is not placed for want of room is a milestone, and a closed one too", () => {
  const refused = anInstance({ phase: "unplaced", child: null, status: "NO_WORKER_CAPACITY" });
  expect(isMilestone(undefined, refused)).toBe(true);
  const closed = anInstance({ phase: "closed", child: null, status: "REQUESTED" });
  expect(isMilestone(refused, closed)).toBe(true);
});

test("what has been reached already is not told at once again", () => {
  const running = anInstance(seen("RUNNING"));
  expect(isMilestone(running, { ...running, phase: "releasing" })).toBe(false);
  const closed = anInstance({ phase: "closed", child: null, status: "UNDEPLOYED" });
  expect(isMilestone(closed, { ...closed, rev: 9 })).toBe(false);
});

test("the end of a copy is told with what comes of it", () => {
  const releasing = anInstance({ ...seen("RUNNING"), phase: "releasing" });
  const ended = anInstance({ ...seen("UNDEPLOYED"), phase: "releasing" });
  expect(isMilestone(releasing, ended)).toBe(false);
  expect(isMilestone(ended, { ...ended, phase: "closed" })).toBe(true);
});

test("running again after a failure is a milestone", () => {
  const failed = anInstance(seen("FAILED"));
  expect(isMilestone(failed, anInstance(seen("RUNNING")))).toBe(true);
});
