import { defineSimulationTests } from "./simulation-seeds.ts";

defineSimulationTests({ first: 1001, count: 1000 });
