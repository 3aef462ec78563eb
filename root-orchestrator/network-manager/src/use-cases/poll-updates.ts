import type { NetUpdates } from "@oak/contracts";
import type { ChangeFeed, Clock, WaitOptions } from "@oak/kit";
import type { Directory } from "@oak/tier";
import type { OfferBox } from "../domain/offer-box.ts";
import { errors } from "../errors.ts";
import type { ClusterStore } from "../ports.ts";
import type { ViewServices } from "./view-services.ts";

export interface PollUpdatesDeps {
  /** Of job names. */
  feed: ChangeFeed;
  clusters: Pick<ClusterStore, "find">;
  directory: Pick<Directory, "jobNamed" | "isLoaded">;
  view: ViewServices;
  offers: OfferBox;
  clock: Pick<Clock, "monotonicMs">;
}

export interface ChangesFor {
  clusterId: string;
  /** Cursor of the last answer; anything else asks for everything. */
  since: string;
}

/** What one cluster asked for and has changed after a cursor, as it is now. */
export type ReadUpdates = (request: ChangesFor) => Promise<NetUpdates>;

export function createReadUpdates(deps: Omit<PollUpdatesDeps, "offers">): ReadUpdates {
  return async ({ clusterId, since }) => {
    if (!deps.directory.isLoaded()) throw errors.unavailable("The services are not known yet");
    const cluster = await deps.clusters.find(clusterId);
    if (cluster === undefined) throw errors.cluster_unknown(`No cluster ${clusterId}`);
    const { cursor, ids } = deps.feed.changesSince(since);
    const changed = ids === undefined ? undefined : new Set(ids);
    const names = cluster.interests.filter((name) => changed?.has(name) !== false);
    const jobs = names.map((name) => ({ name, id: deps.directory.jobNamed(name)?._id }));
    return {
      cursor,
      reset: ids === undefined,
      services: await deps.view(jobs.flatMap(({ id }) => id ?? [])),
      gone: jobs.filter(({ id }) => id === undefined).map(({ name }) => name),
    };
  };
}

/** As {@link ReadUpdates}, but waits until there is something to tell. */
export type PollUpdates = (request: ChangesFor & WaitOptions) => Promise<NetUpdates>;

export function createPollUpdates(deps: PollUpdatesDeps, read: ReadUpdates): PollUpdates {
  const { feed, clock, offers } = deps;
  return async ({ clusterId, since, timeoutMs, signal }) => {
    const endMs = clock.monotonicMs() + timeoutMs;
    let cursor = since;
    for (;;) {
      const leftMs = endMs - clock.monotonicMs();
      await feed.waitForChange(cursor, { timeoutMs: leftMs, signal });
      const updates = await read({ clusterId, since: cursor });
      const isNews = updates.reset || updates.services.length + updates.gone.length > 0;
      if (!offers.isEmpty(clusterId)) return { ...updates, offers: offers.take(clusterId) };
      if (isNews || signal.aborted || clock.monotonicMs() >= endMs) return updates;
      // Somebody else's services: nothing to wake this cluster for.
      cursor = updates.cursor;
    }
  };
}
