import type { Log, TierClock } from "@oak/tier";
import type { SeededRandom } from "./seeded-random.ts";
import type { StoreFaults } from "./tier-store.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What every simulated process needs. */
export interface SimulationDeps {
  time: VirtualTime;
  random: SeededRandom;
  faults: StoreFaults;
  /** Time as a tier's machine has it. */
  clockOf(tier: string): TierClock;
  log: Log;
  /** one line of the story; absent when nobody reads it */
  trace: ((what: string, facts: object) => void) | undefined;
}
