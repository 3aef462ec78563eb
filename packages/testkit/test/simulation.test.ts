import { expect, test } from "vitest";
import { runSimulation } from "../src/simulation/run-simulation.ts";

test("a seed replays one run", async () => {
  const first = await runSimulation(7);
  const second = await runSimulation(7);
  expect(second).toEqual(first);
  expect((await runSimulation(8)).fingerprint).not.toBe(first.fingerprint);
});

test.each(["restore", "wipe"] as const)(
  "a cluster whose database met a %s stops nothing that is healthy, and settles",
  { timeout: 180_000 },
  async (disaster) => {
    const broken: string[] = [];
    for (let seed = 1; seed <= 100; seed += 1) {
      const { violations } = await runSimulation(seed, { disaster });
      if (violations.length > 0) broken.push(`seed ${seed}: ${violations.join("; ")}`);
    }
    expect(broken).toEqual([]);
  },
);
