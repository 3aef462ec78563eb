import { expect, test } from "vitest";
import { MUTANTS } from "./mutation/mutants.ts";
import { playSeeds } from "./mutation/play-seeds.ts";
import { ROLLOUT_MUTANTS } from "./mutation/rollout-mutants.ts";

/** Each mutant has shown itself within so many seeds, from its first one on. */
const MOST_SEEDS = 1000;

test.each([...MUTANTS, ...ROLLOUT_MUTANTS])(
  "the simulation finds it when $title",
  { timeout: 300_000 },
  async ({ file, from, to, promise, disaster, first = 1 }) => {
    const results = await playSeeds({
      ...{ first, count: MOST_SEEDS, change: { file, from, to }, until: promise },
      ...(disaster === undefined ? {} : { disaster }),
    });
    const broken = results.filter(({ violations }) => violations.length > 0);
    expect(broken.flatMap(({ violations }) => violations).join("; ")).toMatch(promise);
  },
);
