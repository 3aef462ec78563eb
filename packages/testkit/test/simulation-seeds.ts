import { expect, test } from "vitest";
import { runSimulation } from "../src/simulation/run-simulation.ts";

const CHUNK = 100;

/** Runs `count` seeds; a file runs in one worker, so several files share the cores. */
export function defineSimulationTests({ first, count }: { first: number; count: number }): void {
  for (let from = first; from < first + count; from += CHUNK) {
    test(`seeds ${from} to ${from + CHUNK - 1} keep every promise`, {
      timeout: 180_000,
    }, async () => {
      const broken: string[] = [];
      for (let seed = from; seed < from + CHUNK; seed += 1) {
        const { violations } = await runSimulation(seed);
        if (violations.length === 0) continue;
        broken.push(`npm run sim -- --seeds 1 --seed ${seed}: ${violations.join("; ")}`);
      }
      expect(broken).toEqual([]);
    });
  }
}
