import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { createTestBed, type TestBed } from "@oak/testkit";
import type { Bench, BenchContext, BenchOutcome } from "../bench.ts";
import { requireIperf } from "./iperf.ts";
import { measurePaths } from "./measure-paths.ts";
import { type NetworkOptions, readOptions, usage } from "./options.ts";
import { createPlainPair } from "./plain/plain-pair.ts";
import { hasWireguard } from "./plain/wireguard.ts";
import { describePaths } from "./report.ts";
import { toLatencyRow, toThroughputRow } from "./samples.ts";

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
  const tag = randomBytes(3).toString("hex");
  const withWireguard = await hasWireguard();
  if (!withWireguard) say("without wireguard-go: apt-get install wireguard-go wireguard-tools");
  const paths = await createPlainPair(bed, { tag, cores: options.cores, withWireguard });
  const samples = await measurePaths({ paths, services: 0, options, context });
  say(`\n${describePaths(samples)}`);
  const { throughput, latency } = samples;
  say(`\nsamples: ${await results.save("network-throughput", throughput.map(toThroughputRow))}`);
  say(`samples: ${await results.save("network-latency", latency.map(toLatencyRow))}`);
  return { aims: [] };
}
