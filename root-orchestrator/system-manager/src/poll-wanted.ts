import type { WantedAnswer } from "@oak/contracts";
import type { Clock, Mailbox } from "@oak/kit";
import type { RootCore } from "./root-core.ts";
import { waitAtMost } from "./use-cases/wait-at-most.ts";

export interface PollWantedDeps {
  core(): Pick<RootCore, "wanted" | "wantedChanged">;
  /** what clusters are to be asked, which they learn with their wishes */
  asks: Pick<Mailbox, "take" | "changed">;
  clock: Clock;
}

export interface WantedPoll {
  clusterId: string;
  session: number;
  /** cursor of the answer before */
  since: number;
  /** seconds */
  wait: number;
}

/**
 * What is wanted of a cluster, and asked of it, after a cursor: as soon as there is something.
 * @throws UnknownSession
 */
export async function pollWanted(
  { core, asks, clock }: PollWantedDeps,
  { clusterId, session, since, wait }: WantedPoll,
  signal: AbortSignal,
): Promise<WantedAnswer> {
  const look = (): WantedAnswer => {
    const answer = core().wanted(clusterId, session, since);
    const asked = asks.take(clusterId);
    return asked.length === 0 ? answer : { ...answer, asks: asked };
  };
  const change = (limited: AbortSignal): Promise<unknown> => {
    const wishes = core().wantedChanged(clusterId, limited);
    return Promise.race([wishes, asks.changed(clusterId, limited)]);
  };
  const first = look();
  const isNews = first.changes.length > 0 || first.want_rev !== since || first.asks !== undefined;
  if (wait === 0 || isNews) return first;
  // In the same turn as the look: nothing can change in between and be missed.
  await waitAtMost({ limitMs: wait * 1000, signal, clock }, change);
  return look();
}
