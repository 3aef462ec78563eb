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
  expect(steps.map((status) => isMilestone(anInstance(seen(status))))).toEqual([
    false,
    false,
    false,
  ]);
});

test("running, ends and failures are told at once", () => {
  const ends = ["RUNNING", "COMPLETED", "FAILED", "DEAD"];
  expect(ends.every((status) => isMilestone(anInstance(seen(status))))).toBe(true);
});

test("what an older copy was seen at does not count", () => {
  expect(isMilestone(anInstance(seen("RUNNING", 0)))).toBe(false);
});

test("an instance that is not placed for want of room is a milestone, and a closed one too", () => {
  const refused = anInstance({ phase: "unplaced", child: null, status: "NO_WORKER_CAPACITY" });
  expect(isMilestone(refused)).toBe(true);
  expect(isMilestone(anInstance({ phase: "closed", child: null, status: "REQUESTED" }))).toBe(true);
});
