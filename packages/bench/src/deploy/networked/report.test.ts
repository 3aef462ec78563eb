import { expect, test } from "vitest";
import type { ContenderName, DeploySample } from "../sample.ts";
import { aimsOfNetworked, describeNetworked } from "./report.ts";

const some = (contender: ContenderName, started: number): DeploySample[] =>
  Array.from({ length: 10 }, (_, index) => ({
    contender,
    answered: 1,
    created: 2,
    started: started + index / 100,
    running: started + 10,
  }));

const samples = {
  deployments: [
    ...some("networked", 90),
    ...some("system", 100),
    ...some("docker", 120),
    ...some("docker-none", 60),
  ],
  crowds: [],
  hits: [{ sinceStart: 30, sinceRunning: 12, sinceRunningThere: 9 }],
  pss: 40e6,
};

test("network on is compared with network off and with Docker's bridge", () => {
  const measured = aimsOfNetworked(samples).map((aim) => aim.measured);
  expect(measured).toEqual([
    expect.closeTo(0.9, 2),
    expect.closeTo(0.75, 2),
    12,
    expect.closeTo(40),
  ]);
});

test("what was not measured is neither told nor judged", () => {
  const short = { ...samples, hits: [] };
  expect(aimsOfNetworked(short)).toHaveLength(3);
  expect(describeNetworked(short)).not.toMatch(/reached from|at once/);
});
