import type { TierClock } from "@oak/tier";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Clocks on the walls of the tiers: none is right, and now and then one is set. */
export interface TierClocks {
  of(tier: string): TierClock;
  /** Sets one clock forward, or back. */
  step(tier: string, byMs: number): void;
}

/** Some day in this century; what is stored as 0 is long ago. */
const EPOCH_MS = 1_700_000_000_000;
const MOST_WRONG_MS = 3_600_000;

export function createTierClocks(time: VirtualTime, random: SeededRandom): TierClocks {
  const wrongByMs = new Map<string, number>();
  const errorOf = (tier: string): number => {
    const known = wrongByMs.get(tier);
    if (known !== undefined) return known;
    const made = random.between(-MOST_WRONG_MS, MOST_WRONG_MS);
    wrongByMs.set(tier, made);
    return made;
  };
  return {
    of: (tier) => ({
      nowMs: () => EPOCH_MS + errorOf(tier) + time.nowMs(),
      monotonicMs: time.nowMs,
    }),
    step: (tier, byMs) => wrongByMs.set(tier, errorOf(tier) + byMs),
  };
}
