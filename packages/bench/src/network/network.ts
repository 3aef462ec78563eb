import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { createTestBed, type TestBed } from "@oak/testkit";
import type { Aim, Bench, BenchContext, BenchOutcome } from "../bench.ts";
import { aimsOfPaths, describeComparisons } from "./comparisons.ts";
import { requireIperf } from "./iperf.ts";
import { type NetworkOptions, readOptions, usage } from "./options.ts";
import { describeWorkers, measurePasses, type Passes } from "./passes.ts";
import { createPlainPair } from "./plain/plain-pair.ts";
import { hasWireguard } from "./plain/wireguard.ts";
import { describePaths } from "./report.ts";
import { aimsOfRoutes, describeRoutes, measureRoutes, toRouteRows } from "./routes.ts";
import { toLatencyRow, toThroughputRow } from "./samples.ts";
import { createOurPair } from "./worker/our-pair.ts";

export const networkBench: Bench = {
  name: "network",
  summary: "throughput and round trips between two workers, beside plain tunnels",
  usage,
  run: async (args, context) => run(readOptions(args), context),
};

async function run(options: NetworkOptions, context: BenchContext): Promise<BenchOutcome> {
  if (userInfo().uid !== 0) throw new Error("Network namespaces are made by root only");
  await requireIperf();
  const bed = await createTestBed();
  try {
    return await runOn(bed, options, context);
  } finally {
    await bed.close();
  }
}

async function runOn(
  bed: TestBed,
  options: NetworkOptions,
  context: BenchContext,
): Promise<BenchOutcome> {
  const { say, results } = context;
  const { cores } = options;
  const tag = randomBytes(3).toString("hex");
  const withWireguard = await hasWireguard();
  if (!withWireguard) say("without wireguard-go: apt-get install wireguard-go wireguard-tools");
  const plain = await createPlainPair(bed, { tag, cores, withWireguard });
  const ours = await createOurPair(bed, { tag, cores });

  const passes = await measurePasses({ plain, ours, options, context });
  const services = options.services.at(-1) ?? 1;
  const routes = await measureRoutes(ours, { services, samples: options.changes }, context);

  say(`\n${describePaths(passes)}\n\n${describeComparisons(passes)}`);
  say(`\n${describeRoutes(routes)}\n\n${describeWorkers(passes.workers)}`);
  const files = [
    await results.save("network-throughput", passes.throughput.map(toThroughputRow)),
    await results.save("network-latency", passes.latency.map(toLatencyRow)),
    await results.save("network-routes", toRouteRows(routes)),
  ];
  say(`\nsamples: ${files.join("\n         ")}`);
  return { aims: [...aimsOfPaths(passes), ...aimsOfRoutes(routes), ...memoryAims(passes)] };
}

const measuredMemory = 1_000;

function memoryAims({ workers }: Passes): Aim[] {
  return workers
    .filter(({ services }) => services === measuredMemory)
    .map(({ services, pss }) => ({
      what: `${services} services: process with the data plane, PSS`,
      measured: pss / 1e6,
      atMost: 45,
      unit: "MB",
    }));
}
