import type { Log } from "@oak/tier";
import type { SeededRandom } from "./seeded-random.ts";
import type { StoreFaults } from "./tier-store.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What every simulated process needs. */
export interface SimulationDeps {
  time: VirtualTime;
  random: SeededRandom;
  faults: StoreFaults;
  log: Log;
  /** one line of the story; absent when nobody reads it */
  trace: ((what: string, facts: object) => void) | undefined;
}
