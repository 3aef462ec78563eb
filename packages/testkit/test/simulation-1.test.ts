import { defineSimulationTests } from "./simulation-seeds.ts";

defineSimulationTests({ first: 1, count: 5000 });
