import { defineSimulationTests } from "./simulation-seeds.ts";

defineSimulationTests({ first: 5001, count: 5000 });
