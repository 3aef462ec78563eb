import { AppError, type HttpClient, type Logger } from "@oak/kit";
import type { FollowedJobs } from "./adapters/resource-abstractor/job-book.ts";
import { createJobClient } from "./adapters/resource-abstractor/jobs.ts";
import { createRevisionClient } from "./adapters/resource-abstractor/revisions.ts";
import { rolloutEvent } from "./domain/events/rollout-acts.ts";
import { DEFAULT_ROLLOUT_SETTINGS, type RolloutSettings } from "./domain/plan-rollout.ts";
import type { Events } from "./ports/events.ts";
import type { Network } from "./ports/network.ts";
import { giveInstances } from "./use-cases/give-instances.ts";
import type { RolloutPorts } from "./use-cases/run-rollouts.ts";

export interface RolloutPortDeps {
  /** to the root's resource abstractor */
  abstractor: HttpClient;
  jobs: Pick<FollowedJobs, "learningFrom">;
  network: Pick<Network, "giveInstance">;
  rolloutSettings?: Partial<RolloutSettings> | undefined;
  events: Events;
  logger: Logger;
}

/** How rollouts write: what they change is known to the placer at once. */
export function createRolloutPorts(
  deps: RolloutPortDeps,
): RolloutPorts & { settings: RolloutSettings } {
  const jobs = deps.jobs.learningFrom(createJobClient(deps.abstractor));
  const revisions = createRevisionClient(deps.abstractor);
  return {
    settings: { ...DEFAULT_ROLLOUT_SETTINGS, ...deps.rolloutSettings },
    changeJob: async (job, patch) => (await jobs.patch(job._id, patch, job.rev)).ok,
    keepRevision: revisions.keep,
    onStep: (job, rollout, step) => {
      const event = rolloutEvent(job, rollout, step);
      if (event !== undefined) deps.events.record(event);
    },
    giveInstances: async (jobId, numbers) => {
      try {
        await giveInstances(deps.network, jobId, numbers);
        return undefined;
      } catch (err) {
        if (err instanceof AppError && err.code === "addresses_exhausted") return err.message;
        deps.logger.warn({ service: jobId, err }, "new instances get their addresses later");
        return undefined;
      }
    },
  };
}
