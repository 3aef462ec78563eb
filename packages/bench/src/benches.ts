import { apiBench } from "./api/api.ts";
import type { Bench } from "./bench.ts";
import { deployBench } from "./deploy/deploy.ts";
import { failoverBench } from "./failover/failover.ts";
import { footprintBench } from "./footprint/footprint.ts";
import { networkBench } from "./network/network.ts";
import { scaleBench } from "./scale/scale.ts";
import { scheduleBench } from "./schedule/schedule.ts";

/** Everything that can be measured, in the order of the overview. */
export const benches: readonly Bench[] = [
  deployBench,
  scheduleBench,
  footprintBench,
  scaleBench,
  failoverBench,
  networkBench,
  apiBench,
];
