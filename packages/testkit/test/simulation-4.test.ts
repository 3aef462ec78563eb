import { defineSimulationTests } from "./simulation-seeds.ts";

defineSimulationTests({ first: 15001, count: 5000 });
