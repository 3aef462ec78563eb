import type {
  Job,
  Microservice,
  RolloutStrategy,
  ServiceUpdated,
  SlaWarning,
  StoredRevision,
} from "@oak/contracts";
import { specOf } from "@oak/core";
import { type Clock, fp } from "@oak/kit";
import type { Caller } from "../domain/caller.ts";
import { serviceAct } from "../domain/events/acts.ts";
import { whyOther } from "../domain/fixed-parts.ts";
import { assertMatch } from "../domain/if-match.ts";
import { leavingFirst } from "../domain/members.ts";
import { type Turn, type Turned, turnService } from "../domain/turn-service.ts";
import { errors } from "../errors.ts";
import type { Events } from "../ports/events.ts";
import type { JobStore, JobWithInstances } from "../ports/jobs.ts";
import type { Network } from "../ports/network.ts";
import type { RevisionStore } from "../ports/revisions.ts";
import { assertOwnService, ownService } from "./own-documents.ts";
import { readServiceUpdate, strategyOf } from "./read-service-update.ts";
import { placeWanted, type WantInstancesDeps } from "./want-instances.ts";

export interface UpdateServiceDeps extends WantInstancesDeps {
  jobs: Pick<JobStore, "findWithInstances">;
  network: Pick<Network, "giveInstance" | "addressesOf">;
  revisions: RevisionStore;
  events: Events;
  clock: Pick<Clock, "nowMs">;
  /** see `AddInstanceDeps` */
  numberBase(): number;
}

export interface UpdateOrder {
  caller: Caller;
  /** header `If-Match` */
  ifMatch?: string | undefined;
  /** of the request; what it leaves open the document says */
  strategy: { [Key in keyof RolloutStrategy]?: RolloutStrategy[Key] | undefined };
}

/**
 * Makes a service what a document says. Resolves when that is stored; copies are replaced one after another, make before
 * break. What is the same stays as it is.
 * @throws AppError service_unknown, sla_invalid, service_fixed, precondition_failed, addresses_exhausted
 */
export function createUpdateService(deps: UpdateServiceDeps) {
  return async (serviceId: string, body: unknown, order: UpdateOrder): Promise<ServiceUpdated> => {
    const seen = await ownService(deps.jobs.findWithInstances, serviceId, order.caller);
    const { wanted, microservice, warnings } = readServiceUpdate(body, seen, order.caller);
    await assertSame(deps, seen, wanted);
    const turned = await storeTurn(deps, seen, order, {
      spec: specOf(wanted),
      replicas: microservice.replicas,
      strategy: strategyOf(order.strategy, microservice.rollout),
    });
    return { ...answerOf(turned), warnings: [...warnings, ...volumeWarning(microservice, turned)] };
  };
}

/** @throws AppError service_fixed */
export async function assertSame(
  { network }: { network: Pick<Network, "addressesOf"> },
  seen: JobWithInstances,
  wanted: Job,
): Promise<void> {
  const given = wanted.addresses === undefined ? undefined : await network.addressesOf([seen]);
  const other = whyOther(seen, wanted, given?.get(seen._id));
  if (other !== undefined) throw errors.service_fixed(other);
}

/**
 * Goes back to an earlier revision, as an update to what that one was.
 * @throws AppError service_unknown, revision_unknown, precondition_failed
 */
export function createRollBackService(deps: UpdateServiceDeps) {
  return async (
    serviceId: string,
    revision: number | undefined,
    order: UpdateOrder,
  ): Promise<ServiceUpdated> => {
    const seen = await ownService(deps.jobs.findWithInstances, serviceId, order.caller);
    if (revision === undefined && seen.rollout_state?.state === "rolling_back") {
      const message = `It goes back to revision ${seen.spec_rev} already`;
      return { message, revision: seen.spec_rev, changed: false, warnings: [] };
    }
    const kept = await deps.revisions.list(seen._id);
    const found = revisionToGoBackTo(seen, kept, revision);
    const turned = await storeTurn(deps, seen, order, {
      spec: found.spec,
      revision: found.revision,
      strategy: strategyOf(order.strategy, seen.rollout),
    });
    return { ...answerOf(turned), warnings: [] };
  };
}

function revisionToGoBackTo(
  job: Job,
  kept: readonly StoredRevision[],
  asked: number | undefined,
): Pick<StoredRevision, "revision" | "spec"> {
  if (asked === job.spec_rev) return { revision: asked, spec: specOf(job) };
  const before = job.rollout_state;
  const last = before?.revision === job.spec_rev ? before.from_revision : undefined;
  const found =
    kept.find(({ revision }) => revision === (asked ?? last)) ??
    (asked === undefined ? kept.find(({ revision }) => revision < job.spec_rev) : undefined);
  if (found !== undefined) return found;
  throw errors.revision_unknown(
    asked === undefined
      ? "The service has no earlier revision"
      : `Revision ${asked} of the service is not known, or not kept any more`,
  );
}

async function storeTurn(
  deps: UpdateServiceDeps,
  seen: JobWithInstances,
  { caller, ifMatch }: UpdateOrder,
  wish: Pick<Turn, "spec" | "revision" | "replicas" | "strategy">,
): Promise<Turned> {
  const made = { at: deps.clock.nowMs() / 1_000, by: caller.name };
  const turn = (current: Job): Turned =>
    turnService(current, {
      ...wish,
      made,
      numberBase: deps.numberBase(),
      leavingFirst: leavingFirst(current, seen.instance_list),
    });
  // Kept before it is replaced, so that no revision is ever lost; nothing is wrong with one that stays.
  if (turn(seen).isRollout) await deps.revisions.keep(seen);
  let turned: Turned | undefined;
  const job = await deps.jobEditor.edit(seen._id, (current) => {
    assertMatch(ifMatch, assertOwnService(current, caller).rev);
    if (current.spec_rev !== seen.spec_rev) {
      throw errors.changed_meanwhile(
        `It is of revision ${current.spec_rev} now; look at that, and send the request again`,
      );
    }
    turned = turn(current);
    return turned.patch;
  });
  if (job === undefined || turned === undefined) throw errors.service_unknown();
  fp("root.intent_stored", seen._id);
  tell(deps.events, job, { caller, turned, isBack: wish.revision !== undefined });
  await placeWanted(deps, seen._id, turned.added);
  return turned;
}

function tell(
  events: Events,
  job: Job,
  { caller: actor, turned, isBack }: { caller: Caller; turned: Turned; isBack: boolean },
): void {
  if (turned.patch === undefined) return;
  const done = isBack ? "goes back to" : "was given";
  const message = turned.isRollout
    ? `Service ${job.job_name} ${done} revision ${turned.revision}`
    : `Service ${job.job_name} was changed; no instance has to be replaced`;
  const reason = isBack && turned.isRollout ? "service_rolled_back" : "service_updated";
  events.record(serviceAct(reason, job, { actor, message }));
}

function answerOf(turned: Turned): Pick<ServiceUpdated, "message" | "revision" | "changed"> {
  const { revision, patch, isRollout } = turned;
  const changed = patch !== undefined;
  if (isRollout) return { message: `Revision ${revision} is rolled out`, revision, changed };
  const message = changed ? "Updated; no instance has to be replaced" : "Nothing has changed";
  return { message, revision, changed };
}

function volumeWarning({ volumes = [] }: Microservice, { isRollout }: Turned): SlaWarning[] {
  if (!isRollout || volumes.length === 0) return [];
  const message = "new instances may run on other workers, where the data of the old ones is not";
  return [{ pointer: "/volumes", message }];
}
