import { createTestBed, type TestBed } from "@oak/testkit";
import type { Aim, Bench, BenchContext, BenchOutcome } from "../bench.ts";
import { describeLoad, measureForeignLoad } from "../report/machine.ts";
import { createDockerKeepers } from "./docker-keeper.ts";
import { measureImpaired } from "./impaired.ts";
import type { Keeper } from "./keeper.ts";
import { type FailoverOptions, readOptions, usage } from "./options.ts";
import { createOurKeeper } from "./our-keeper.ts";
import {
  aimsOf,
  describeMoves,
  describeRatios,
  describeSamples,
  type FailoverSample,
} from "./report.ts";
import { measureKeepers } from "./rounds.ts";
import { type Swarm, startSwarm } from "./swarm-keeper.ts";

export const failoverBench: Bench = {
  name: "failover",
  summary: "from a death to a new process, beside a Docker swarm",
  usage,
  run: async (args, context) => run(readOptions(args), context),
};

async function run(options: FailoverOptions, context: BenchContext): Promise<BenchOutcome> {
  const aims: Aim[] = [];
  if (options.parts.some((part) => part !== "impaired")) {
    aims.push(...(await onBed(context, (bed) => measureDeaths(bed, options, context))));
  }
  if (options.parts.includes("impaired")) {
    context.say(`== bad link · ${describeLoad(await measureForeignLoad())}`);
    aims.push(...(await onBed(context, (bed) => measureImpaired(bed, options, context))));
  }
  return { aims };
}

/** One run for each worker timeout, with the swarm's heartbeat that stands at the same place. */
async function measureDeaths(
  bed: TestBed,
  options: FailoverOptions,
  context: BenchContext,
): Promise<Aim[]> {
  const { say, results } = context;
  const swarm: Swarm | undefined = options.withSwarm ? await startSwarm(bed) : undefined;
  const samples: FailoverSample[] = [];
  for (const [index, timeoutS] of options.timeouts.entries()) {
    say(`== worker timeout ${timeoutS} s · ${describeLoad(await measureForeignLoad())}`);
    const heartbeatS = options.heartbeats[index];
    await onBed(context, async (ours) => {
      const keepers: Keeper[] = [
        await createOurKeeper(ours, timeoutS),
        ...(options.parts.includes("workload") ? await createDockerKeepers(ours) : []),
      ];
      if (swarm !== undefined && heartbeatS !== undefined) {
        keepers.push(await swarm.keeper(heartbeatS));
      }
      samples.push(...(await measureKeepers(keepers, { ...options, timeoutS }, context)));
    });
  }
  say(`\n${describeSamples(samples)}`);
  say(`\n${[describeRatios(samples), describeMoves(samples)].filter(Boolean).join("\n")}`);
  const rows = samples.map(({ isOurs: _, ...sample }) => sample);
  say(`samples: ${await results.save("failover", rows)}`);
  return aimsOf(samples);
}

async function onBed<T>(context: BenchContext, measure: (bed: TestBed) => Promise<T>): Promise<T> {
  const bed = await createTestBed();
  try {
    return await measure(bed);
  } catch (error) {
    if (!context.signal.aborted) context.say(endsOf(bed));
    throw error;
  } finally {
    await bed.close();
  }
}

/** Errors of a service are long lines with stacks: their beginnings say enough here. */
function endsOf(bed: TestBed): string {
  const lines = bed.logs(5).split("\n");
  return lines.map((line) => line.slice(0, 300)).join("\n");
}
