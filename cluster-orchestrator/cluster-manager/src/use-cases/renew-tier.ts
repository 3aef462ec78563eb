import type { Log } from "@oak/tier";
import type { TierBook, WorkerLink, WorkerRoster } from "../ports.ts";

/** Begins a new incarnation when workers turn out to know more than the database (protocol rule 3). */
export interface TierRenewal {
  /** Any number of calls while one is under way make one renewal. */
  begin(): void;
  isUnderWay(): boolean;
}

export function createTierRenewal(deps: {
  tier: TierBook;
  roster: WorkerRoster;
  link: WorkerLink;
  log: Log;
  /** called when the new incarnation is stored, before any worker hears of it */
  onRenewed(): void;
}): TierRenewal {
  let running: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    deps.log.warn({}, "the database is older than what the workers have seen: counters are lifted");
    try {
      await deps.tier.renew();
      deps.onRenewed();
      for (const worker of deps.roster.all()) deps.link.registerAgain(worker.id);
    } catch (err) {
      deps.log.warn({ err }, "the renewal is tried again with the next report");
    }
  };
  return {
    begin: () => {
      running ??= renew().finally(() => {
        running = undefined;
      });
    },
    isUnderWay: () => running !== undefined,
  };
}
