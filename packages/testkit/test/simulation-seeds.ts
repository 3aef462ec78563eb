import { expect, test } from "vitest";
import { brokenOnes } from "./mutation/broken-ones.ts";
import { playSeeds } from "./mutation/play-seeds.ts";

const MINUTES = 60_000;

/** Runs `count` seeds in a process of their own; files run side by side, so two of them share two cores. */
export function defineSimulationTests({ first, count }: { first: number; count: number }): void {
  test(`seeds ${first} to ${first + count - 1} keep every promise`, {
    timeout: 15 * MINUTES,
  }, async () => {
    const results = await playSeeds({ first, count });
    expect(brokenOnes(results)).toEqual([]);
    expect(results).toHaveLength(count);
  });
}
