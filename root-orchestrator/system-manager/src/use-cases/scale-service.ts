import type { Job, Scaled } from "@oak/contracts";
import { wantedCount } from "@oak/core";
import { fp } from "@oak/kit";
import type { Caller } from "../domain/caller.ts";
import { counted, serviceAct } from "../domain/events/acts.ts";
import { assertMatch } from "../domain/if-match.ts";
import { leavingFirst, type MembersChange, withMore, without } from "../domain/members.ts";
import { errors } from "../errors.ts";
import type { Events, NewEvent } from "../ports/events.ts";
import type { JobStore, JobWithInstances } from "../ports/jobs.ts";
import { assertOwnService, ownService } from "./own-documents.ts";
import { placeWanted, type WantInstancesDeps } from "./want-instances.ts";

export interface ScaleServiceDeps extends WantInstancesDeps {
  jobs: Pick<JobStore, "findWithInstances">;
  events: Events;
  /** see `AddInstanceDeps` */
  numberBase(): number;
}

export interface ScaleOrder {
  replicas: number;
  caller: Caller;
  /** header `If-Match` */
  ifMatch?: string | undefined;
}

/**
 * Wants so many instances of a service, in one write. Fewer: what does not run or is in bad health leaves first, then
 * the newest. While the service is updated, so many are wanted when that has ended.
 * @throws AppError service_unknown, precondition_failed, addresses_exhausted
 */
export function createScaleService(deps: ScaleServiceDeps) {
  return async (serviceId: string, order: ScaleOrder): Promise<Scaled> => {
    const { caller, replicas, ifMatch } = order;
    const seen = await ownService(deps.jobs.findWithInstances, serviceId, caller);
    let change: MembersChange | undefined;
    const job = await deps.jobEditor.edit(serviceId, (current) => {
      assertMatch(ifMatch, assertOwnService(current, caller).rev);
      change = scaled(current, { replicas, seen, numberBase: deps.numberBase() });
      return change?.patch;
    });
    if (job === undefined) throw errors.service_unknown();
    const { added = [], removed = [] } = change ?? {};
    fp("root.intent_stored", serviceId);
    if (change !== undefined) deps.events.record(scaledEvent(job, replicas, caller));
    await placeWanted(deps, serviceId, added);
    return { message: "ok", replicas, added, removed };
  };
}

function scaledEvent(job: Job, replicas: number, actor: Caller): NewEvent {
  const message = `${counted(replicas, "instance")} of ${job.job_name} ${replicas === 1 ? "is" : "are"} wanted`;
  return serviceAct("service_scaled", job, { actor, message });
}

/** Undefined when so many are wanted already. */
export function scaled(
  job: Job,
  options: { replicas: number; seen: JobWithInstances; numberBase: number },
): MembersChange | undefined {
  const more = options.replicas - wantedCount(job);
  if (more === 0) return undefined;
  if (more > 0) return withMore(job, more, options.numberBase);
  return without(job, leavingFirst(job, options.seen.instance_list).slice(0, -more));
}
