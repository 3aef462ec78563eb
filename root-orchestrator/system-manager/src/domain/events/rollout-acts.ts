import type { Job, Rollout } from "@oak/contracts";
import type { NewEvent } from "../../ports/events.ts";
import type { RolloutStep } from "../plan-rollout.ts";
import { ownerOf, serviceSubject } from "./acts.ts";

/** What is told of a step that a rollout has taken; undefined for one in the middle of it. */
export function rolloutEvent(
  job: Job,
  { revision, from_revision: from }: Rollout,
  step: Exclude<RolloutStep, { do: "rest" }>,
): NewEvent | undefined {
  const common = { about: serviceSubject(job), owner: ownerOf(job) };
  if (step.do === "roll_back") {
    const message = `Revision ${revision} of ${job.job_name} has failed, it goes back to revision ${from}: ${step.message}`;
    return { ...common, reason: "rollout_failed", message };
  }
  if (step.do !== "end") return undefined;
  if (step.state === "failed") {
    const message = `The rollout of revision ${revision} of ${job.job_name} has failed: ${step.message}`;
    return { ...common, reason: "rollout_failed", message };
  }
  const present = step.state === "rolled_back" ? from : revision;
  const message = `All instances of ${job.job_name} are of revision ${present}`;
  return { ...common, reason: "rollout_completed", message };
}
