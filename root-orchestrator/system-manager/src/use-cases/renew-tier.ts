import type { RootLog, TierBook } from "./placer-ports.ts";

/** Begins a new incarnation when clusters turn out to know more than the database (protocol rule 3). */
export interface TierRenewal {
  /** Any number of calls while one is under way make one renewal. Rejects when the store is away. */
  begin(): Promise<void>;
  /** The same, for whoever does not wait for it: what has shown the need shows it again. */
  beginSoon(): void;
}

export function createTierRenewal(deps: {
  tier: TierBook;
  log: RootLog;
  /** called when the new incarnation is stored, before any cluster hears of it */
  onRenewed(): void;
}): TierRenewal {
  let running: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    deps.log.warn(
      {},
      "the database is older than what the clusters have seen: counters are lifted",
    );
    await deps.tier.renew();
    deps.onRenewed();
  };
  const begin = (): Promise<void> => {
    running ??= renew().finally(() => {
      running = undefined;
    });
    return running;
  };
  return {
    begin,
    beginSoon: () => {
      begin().catch((err: unknown) => deps.log.warn({ err }, "the counters are lifted later"));
    },
  };
}
