import type { Job, Rollout } from "@oak/contracts";
import { revised } from "@oak/core";
import type { JobPatch } from "../ports/jobs.ts";
import { addMembers, dropMembers } from "./members.ts";
import type { RolloutStep } from "./plan-rollout.ts";
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

function rolledBack(
  job: Job,
  rollout: Rollout,
  { reason, message }: { reason: string; message: string },
  nowS: number,
): JobPatch {
  const { from_revision: revision } = rollout;
  const spec = job.other_specs?.[revision];
  if (spec === undefined) {
    const text = `${message}; nothing is known of revision ${revision} any more`;
    return over(job, rollout, { state: "failed", reason, message: text }, nowS);
  }
  return {
    ...turnTo(job, { revision, spec, keep: revision }),
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

function over(
  job: Job,
  rollout: Rollout,
  end: Pick<Rollout, "state" | "reason" | "message">,
  nowS: number,
): JobPatch {
  const { state, reason, message } = end;
  return {
    ...revised(job, { members: job.members, revision: job.spec_rev }),
    rollout_state: { ...rollout, state, reason, message, ended_at: nowS },
  };
}

function unreachable(value: never): never {
  throw new Error(`unexpected step ${JSON.stringify(value)}`);
}
