import { expect, test } from "vitest";
import { aimsOf, describeHops, describeSamples } from "./report.ts";
import type { DeploySample } from "./sample.ts";

function someSamples(contender: DeploySample["contender"], started: number): DeploySample[] {
  return Array.from({ length: 30 }, (_, index) => ({
    contender,
    answered: 5,
    created: 10,
    started: started + index / 100,
    running: started + 10 + index / 100,
  }));
}

test("both moments are compared with Docker's process running", () => {
  const samples = [...someSamples("docker", 100), ...someSamples("system", 120)];
  const [started, running] = aimsOf(samples);
  expect(started).toMatchObject({ atMost: 1.15 });
  expect(started?.measured).toBeCloseTo(1.2, 2);
  expect(running?.measured).toBeCloseTo(1.3, 2);
  expect(describeSamples(samples)).toMatch(/process runs: 1\.200 \(95 % CI 1\.\d+–1\.\d+\)/);
});

test("hops are listed in the order in which they came", () => {
  const traced = [{ moments: { second: 20, first: 10 } }, { moments: { first: 12 } }];
  const [, first = "", second = ""] = describeHops(traced).split("\n");
  expect(first).toMatch(/^first +10\.0 +11\.0 +12\.0 +2\/2$/);
  expect(second).toMatch(/^second .* 1\/2$/);
});
