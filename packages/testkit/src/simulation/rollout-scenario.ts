import { createSeededRandom, type SeededRandom } from "./seeded-random.ts";

/** What happens to services in the seeds in which they are updated. Times are virtual milliseconds. */
export interface UpdatesScenario {
  /** how often somebody steers a service: updates, scales, goes back */
  everyMs: number;
  /** share of updates to an image that never serves */
  bad: number;
}

export interface DrawnUpdates {
  /** Chance of its own: what else the seed plays does not hang on it. */
  random: SeededRandom;
  scenario: UpdatesScenario;
}

/** In so many seeds one has updates; the others are as they were before there were any. */
const ONCE_IN = 3;
const OTHER_CHANCE = 0x5eed0fab;

export function drawUpdates(seed: number): DrawnUpdates | undefined {
  if (seed % ONCE_IN !== 0) return undefined;
  const random = createSeededRandom(seed ^ OTHER_CHANCE);
  const everyMs = random.pick([700, 1500, 4000]);
  return { random, scenario: { everyMs, bad: random.pick([0.1, 0.3, 0.6]) } };
}
