import type { HeldCopy, InstanceKey } from "@oak/contracts";
import type { Holdings } from "@oak/node-engine/follow";

type Assignment = Parameters<Holdings["upsert"]>[0];

/**
 * The instances of a worker that runs nothing. It reports as an engine does whose containers start at once:
 * the steps before RUNNING are over before they are worth a report.
 */
export interface HeldCopies extends Holdings {
  runningCount(): number;
}

/** @param report what is said of a copy, each time that it changes */
export function createHeldCopies(report: (copy: HeldCopy) => void): HeldCopies {
  const copies = new Map<InstanceKey, HeldCopy>();

  const become = (key: InstanceKey, pair: HeldCopy, status: HeldCopy["status"]): void => {
    const held = copies.get(key);
    // Another command has come meanwhile: it tells its own story.
    if (held?.epoch !== pair.epoch || held.placement !== pair.placement) return;
    if (held.wanted !== pair.wanted || held.status === status) return;
    const next = { ...held, status, status_detail: "" };
    copies.set(key, next);
    report(next);
  };

  const run = (key: InstanceKey, copy: HeldCopy): void => {
    setImmediate(() => become(key, copy, "RUNNING"));
  };
  const end = (key: InstanceKey, copy: HeldCopy): void => {
    setImmediate(() => become(key, copy, "UNDEPLOYED"));
  };

  return {
    get: (key) => copies.get(key),
    all: () => [...copies.values()],
    upsert: async (assignment) => {
      const { key } = assignment;
      const before = copies.get(key);
      const copy = toCopy(assignment, before);
      copies.set(key, copy);
      if (copy.status === "RUNNING") report(copy);
      if (assignment.wanted) run(key, copy);
      else end(key, copy);
    },
    forget: async (key) => {
      copies.delete(key);
    },
    runningCount: () =>
      [...copies.values()].filter((copy) => copy.wanted && copy.status === "RUNNING").length,
  };
}

function toCopy(assignment: Assignment, before: HeldCopy | undefined): HeldCopy {
  const { key: _key, job, ...numbers } = assignment;
  const goesOn = before?.status === "RUNNING";
  return {
    ...numbers,
    job_name: job.job_name,
    // As an engine has it: what is deleted counts as running until it is seen to be gone.
    status: assignment.wanted ? (goesOn ? "RUNNING" : "CREATING") : "RUNNING",
    status_detail: assignment.wanted ? "" : "Stopping",
  };
}
