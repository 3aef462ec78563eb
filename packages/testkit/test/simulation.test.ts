import { expect, test } from "vitest";
import { runSimulation } from "../src/simulation/run-simulation.ts";
import { DISASTERS } from "../src/simulation/scenario.ts";
import { brokenOnes } from "./mutation/broken-ones.ts";
import { playSeeds } from "./mutation/play-seeds.ts";

test("a seed replays one run", async () => {
  const play = (seed: number) => runSimulation(seed, { hasFingerprint: true });
  const first = await play(7);
  expect(await play(7)).toEqual(first);
  expect((await play(8)).fingerprint).not.toBe(first.fingerprint);
});

/**
 * Runs that are known to break a promise; `docs/simulation.md` says what is known. Taken off this list when
 * they are understood, never put on it to have peace.
 */
const OPEN: ReadonlySet<string> = new Set(["root-restore 5"]);

test.each(DISASTERS.filter((disaster) => disaster !== "none"))(
  "a tier that met %s stops nothing that is healthy, and settles",
  { timeout: 180_000 },
  async (disaster) => {
    const results = await playSeeds({ first: 1, count: 100, disaster });
    const closed = results.filter(({ seed }) => !OPEN.has(`${disaster} ${seed}`));
    expect(brokenOnes(closed, disaster)).toEqual([]);
  },
);
