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

test.each(DISASTERS.filter((disaster) => disaster !== "none"))(
  "a tier that met %s stops nothing that is healthy, and settles",
  { timeout: 180_000 },
  async (disaster) => {
    const results = await playSeeds({ first: 1, count: 100, disaster });
    expect(brokenOnes(results, disaster)).toEqual([]);
  },
);
