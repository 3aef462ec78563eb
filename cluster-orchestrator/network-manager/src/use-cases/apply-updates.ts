import type { JobUpdate, NetUpdates, TableService } from "@oak/contracts";
import type { ServiceBook } from "../domain/service-book.ts";
import type { RootNetwork, WorkerMessages } from "../ports.ts";
import { deliverOffer, type PassOfferDeps } from "./pass-offer.ts";
import type { Resolver } from "./resolve.ts";
import type { WorkerTeller } from "./tell-workers.ts";

export interface ApplyUpdatesDeps extends Pick<PassOfferDeps, "directory"> {
  services: ServiceBook;
  resolver: Pick<Resolver, "overtake">;
  root: Pick<RootNetwork, "find">;
  workers: WorkerMessages;
  teller: Pick<WorkerTeller, "tell">;
}

export interface FollowRootDeps extends ApplyUpdatesDeps {
  root: Pick<RootNetwork, "find" | "updates">;
  /** The root does not know how far we are: it may have lost what it was told. */
  onReset(): void;
}

async function learn(
  { services, resolver, teller }: ApplyUpdatesDeps,
  service: TableService,
): Promise<void> {
  resolver.overtake(service.job_name);
  // Workers do not wait for our disk.
  await services.learn(service, () => teller.tell(service.job_name, "DEPLOYMENT"));
}

async function unlearn(
  { services, resolver, teller }: ApplyUpdatesDeps,
  jobName: string,
): Promise<void> {
  resolver.overtake(jobName);
  if (await services.unlearn(jobName)) teller.tell(jobName, "UNDEPLOYMENT");
}

const pollWaitS = 25;

/** Takes what the root tells, for as long as it does. */
export async function followRoot(deps: FollowRootDeps, signal: AbortSignal): Promise<void> {
  let cursor = "";
  while (!signal.aborted) {
    const updates = await deps.root.updates(cursor, pollWaitS, signal);
    // The cursor may move on when everything is stored.
    await applyUpdates(deps, updates);
    cursor = updates.cursor;
    if (updates.reset) deps.onReset();
  }
}

async function applyUpdates(deps: ApplyUpdatesDeps, updates: NetUpdates): Promise<void> {
  // Of no use later: what cannot be delivered now comes again.
  for (const offer of updates.offers ?? []) deliverOffer(deps, offer);
  for (const service of updates.services) await learn(deps, service);
  for (const jobName of updates.gone) await unlearn(deps, jobName);
}

/**
 * What a root that can dial has pushed.
 * upstream: it tells that something has changed, and the cluster asks what; so here when nothing is said.
 */
export async function applyPush(deps: ApplyUpdatesDeps, update: JobUpdate): Promise<void> {
  const told = update.service ?? (await deps.root.find({ name: update.job_name }));
  if (told === undefined) await unlearn(deps, update.job_name);
  else await learn(deps, told);
}
