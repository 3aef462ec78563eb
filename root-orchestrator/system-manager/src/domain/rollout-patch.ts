import type { Job, Rollout, StoredSpec } from "@oak/contracts";
import { revised } from "@oak/core";
import type { JobPatch } from "../ports/jobs.ts";
import { addMembers, dropMembers } from "./members.ts";
import type { RolloutEnd, RolloutStep } from "./plan-rollout.ts";
import { turnTo } from "./turn-service.ts";

export interface StepContext {
  nowS: number;
  /** numbers continue above it */
  numberBase: number;
}

/** What a step changes in the document of the service; pure, so that whoever goes on with it does the same. */
export function patchOf(
  job: Job,
  rollout: Rollout,
  step: Exclude<RolloutStep, { do: "rest" }>,
  { nowS, numberBase }: StepContext,
): JobPatch {
  switch (step.do) {
    case "add": {
      const { patch } = addMembers(job, step.count, numberBase);
      return { ...patch, rollout_state: { ...rollout, moved_at: nowS } };
    }
    case "remove": {
      const { patch } = dropMembers(job, step.numbers);
      const pauseS = rollout.state === "progressing" ? rollout.pause_s : 0;
      const state = { ...rollout, moved_at: nowS, resume_at: nowS + pauseS };
      return { ...patch, rollout_state: state };
    }
    case "roll_back":
      return rolledBack(job, rollout, step, nowS);
    case "end":
      return over(job, rollout, step, nowS);
    default:
      return unreachable(step);
  }
}

/** The revision that a rollout goes back to when it fails; undefined when none is known to work. */
export function wayBack(
  job: Pick<Job, "spec_rev" | "other_specs">,
  { from_revision: revision, from_unproven: isUnproven }: Rollout,
): { revision: number; spec: StoredSpec } | undefined {
  const spec = job.other_specs?.[revision];
  if (spec === undefined || isUnproven === true || revision === job.spec_rev) return undefined;
  return { revision, spec };
}

function rolledBack(
  job: Job,
  rollout: Rollout,
  { reason, message }: { reason: string; message: string },
  nowS: number,
): JobPatch {
  const back = wayBack(job, rollout);
  if (back === undefined) throw new Error(`revision ${rollout.revision} has no way back`);
  return {
    ...turnTo(job, { ...back, keep: back.revision }),
    rollout_state: {
      ...rollout,
      state: "rolling_back",
      reason,
      message,
      moved_at: nowS,
      resume_at: 0,
    },
  };
}

function over(job: Job, rollout: Rollout, end: RolloutEnd, nowS: number): JobPatch {
  const { state, reason, message, drop } = end;
  const members = job.members.filter((number) => !drop.includes(number));
  return {
    ...(drop.length > 0 && { members }),
    ...revised(job, { members, revision: job.spec_rev }),
    rollout_state: { ...rollout, state, reason, message, ended_at: nowS },
  };
}

function unreachable(value: never): never {
  throw new Error(`unexpected step ${JSON.stringify(value)}`);
}
