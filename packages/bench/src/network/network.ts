import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { createTestBed, type TestBed } from "@oak/testkit";
import type { Bench, BenchContext, BenchOutcome } from "../bench.ts";
import { toCount, toFigure } from "../report/text-table.ts";
import { requireIperf } from "./iperf.ts";
import { measurePaths } from "./measure-paths.ts";
import { type NetworkOptions, readOptions, usage } from "./options.ts";
import { createPlainPair } from "./plain/plain-pair.ts";
import { hasWireguard } from "./plain/wireguard.ts";
import { describePaths } from "./report.ts";
import { type PathSamples, toLatencyRow, toThroughputRow } from "./samples.ts";
import { Filled, WorkerState } from "./worker/messages.ts";
import { createOurPair, type OurPair } from "./worker/our-pair.ts";

const fillTimeoutMs = 180_000;

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
  const { say, results, signal } = context;
  const tag = randomBytes(3).toString("hex");
  const withWireguard = await hasWireguard();
  if (!withWireguard) say("without wireguard-go: apt-get install wireguard-go wireguard-tools");
  const plain = await createPlainPair(bed, { tag, cores: options.cores, withWireguard });
  const ours = await createOurPair(bed, { tag, cores: options.cores });
  const passes: PathSamples[] = [];
  for (const [pass, services] of options.services.entries()) {
    signal.throwIfAborted();
    say(`\n== ${toCount(services)} services in the maps`);
    say(await fill(ours, services));
    // It has nothing to do with our maps, and is slow.
    const peers = plain.filter(({ name }) => pass === 0 || name !== "wireguard");
    passes.push(
      await measurePaths({ paths: [...peers, ...ours.paths], services, options, context }),
    );
  }
  const latency = passes.flatMap((pass) => pass.latency);
  const throughput = passes.flatMap((pass) => pass.throughput);
  const samples = { latency, throughput };
  say(`\n${describePaths(samples)}`);
  say(`\nsamples: ${await results.save("network-throughput", throughput.map(toThroughputRow))}`);
  say(`samples: ${await results.save("network-latency", latency.map(toLatencyRow))}`);
  return { aims: [] };
}

/** The many are in both workers, as where all of them are called from everywhere. */
async function fill({ near, far }: OurPair, services: number): Promise<string> {
  // One is there from the beginning: the bench's own.
  const question = { kind: "fill", services: services - 1 };
  const filled = await Promise.all(
    [near, far].map((worker) => worker.ask(question, Filled, fillTimeoutMs)),
  );
  const slowest = Math.max(...filled.map(({ ms }) => ms));
  const state = await near.ask({ kind: "state" }, WorkerState);
  return `filled in ${toFigure(slowest / 1000)} s; ${JSON.stringify(state)}`;
}
