import { defineSimulationTests } from "./simulation-seeds.ts";

defineSimulationTests({ first: 10001, count: 5000 });
