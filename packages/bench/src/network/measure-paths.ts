import type { BenchContext } from "../bench.ts";
import { describeLoad, waitForQuiet } from "../report/machine.ts";
import { measureThroughput } from "./iperf.ts";
import type { NetworkOptions } from "./options.ts";
import { echoPort, type Path } from "./path.ts";
import { RoundTrips, type Way } from "./probe/messages.ts";
import type { LatencyBlock, PathSamples, ThroughputSample } from "./samples.ts";
import { inTurns } from "./turns.ts";

export interface Measuring {
  paths: readonly Path[];
  /** In the maps meanwhile. */
  services: number;
  options: NetworkOptions;
  context: BenchContext;
}

const ways: readonly Way[] = ["steady", "connect"];
/** Of a machine that is never quiet it must not take long. */
const patienceMs = 1_000;

/** Latency first: the streams leave the machine warm and its buffers large. */
export async function measurePaths(measuring: Measuring): Promise<PathSamples> {
  const latency = await measureLatency(measuring);
  return { latency, throughput: await measureStreams(measuring) };
}

async function measureLatency(measuring: Measuring): Promise<LatencyBlock[]> {
  const { paths, services, options, context } = measuring;
  const blocks: LatencyBlock[] = [];
  // Compiles the probes, and fills what the kernel remembers of each path.
  for (const path of paths) for (const way of ways) await trips(path, way, options.warmUps);
  for (const [round, turn] of inTurns(paths, options.blocks).entries()) {
    if (round % 10 === 0) await announce("latency", measuring);
    for (const path of turn) {
      for (const way of ways) {
        context.signal.throwIfAborted();
        const count = way === "steady" ? options.trips : options.connections;
        blocks.push({ services, path: path.name, way, trips: await trips(path, way, count) });
      }
    }
  }
  return blocks;
}

function trips({ from, address }: Path, way: Way, count: number): Promise<number[]> {
  const question = { kind: "measure", address, port: echoPort, way, count };
  return from.probe.ask(question, RoundTrips);
}

async function measureStreams(measuring: Measuring): Promise<ThroughputSample[]> {
  const { paths, services, options, context } = measuring;
  const { seconds, cores } = options;
  const samples: ThroughputSample[] = [];
  const streamed = paths.filter(({ isSpread }) => isSpread !== true);
  for (const turn of inTurns(streamed, options.rounds)) {
    await announce("throughput", measuring);
    for (const { name, from, address } of turn) {
      for (const streams of options.streams) {
        context.signal.throwIfAborted();
        const { namespace } = from;
        const run = { namespace, address, streams, seconds, core: cores.client };
        const measured = await measureThroughput({ ...run, signal: context.signal });
        samples.push({ services, path: name, streams, ...measured });
      }
    }
  }
  return samples;
}

async function announce(what: string, { services, context }: Measuring): Promise<void> {
  const load = await waitForQuiet(context.signal, patienceMs);
  context.say(`${what}, ${services} in the maps · ${describeLoad(load)}`);
}
