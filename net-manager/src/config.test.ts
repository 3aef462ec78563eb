import type { WORKER_VARIABLES } from "@oak/contracts/worker";
import { expect, expectTypeOf, test } from "vitest";
import { type NetManagerConfig, readConfig } from "./config.ts";

test("every variable of a worker's one file is accepted, those of the node-engine included", () => {
  expect(() => readConfig({ OAK_CLUSTER_ADDRESS: "cluster.example" })).not.toThrow();
});

test("the node-engine is told of every variable that this agent has", () => {
  type Own = Extract<keyof NetManagerConfig, `OAK_${string}`>;
  expectTypeOf<(typeof WORKER_VARIABLES)["netManager"][number]>().toEqualTypeOf<Own>();
});
