import type { TestBed } from "@oak/testkit";
import type { BenchContext } from "../bench.ts";
import type { Watched } from "../footprint/watch-processes.ts";
import { toCount, toFigure } from "../report/text-table.ts";
import { type BenchSystem, startBenchSystem, until } from "../system/bench-system.ts";
import { type CrowdProcess, startCrowdProcess } from "./crowd/crowd-process.ts";
import type { ScaleOptions } from "./options.ts";

/** Root and cluster with simulated workers. */
export interface CrowdedSystem {
  system: BenchSystem;
  crowd: CrowdProcess;
  /** The services that run at this moment, and the process of the simulated workers. */
  processes(): Watched[];
}

const heartbeatMs = 1_000;
const joinMs = 120_000;

/** Starts both without workers; everything ends with the bed. */
export async function startCrowdedSystem(
  bed: TestBed,
  { profileFolder }: Pick<ScaleOptions, "profileFolder"> = {},
): Promise<CrowdedSystem> {
  const system = await startBenchSystem(bed, { profileFolder });
  const { managerUrl, workerJoinSecret: joinSecret } = system.cluster;
  const crowd = startCrowdProcess({ clusterManagerUrl: managerUrl, joinSecret, heartbeatMs });
  bed.onClose(crowd.stop);
  const processes = (): Watched[] => {
    const all = { ...system.root.services, ...system.cluster.services };
    const services = Object.entries(all).flatMap(([name, { pid }]) =>
      pid === undefined ? [] : [{ name, pid }],
    );
    return [...services, { name: "(simulated workers)", pid: crowd.pid }];
  };
  return { system, crowd, processes };
}

/** Workers join until there are `count`; returns when the cluster counts all of them among the living. */
export async function growCrowd(
  { system, crowd }: CrowdedSystem,
  count: number,
  { say, signal }: BenchContext,
): Promise<void> {
  const before = await crowd.look();
  const startedMs = performance.now();
  await crowd.grow(count);
  const seconds = (performance.now() - startedMs) / 1000;
  const joined = count - before.workers;
  say(
    `${toCount(joined)} workers registered and connected in ${toFigure(seconds)} s, ${toFigure(joined / seconds)} a second`,
  );
  await until(`${count} workers are alive`, { withinMs: joinMs, signal }, async () => {
    const alive = await system.clusterMetric("oak_cluster_workers", { liveness: "alive" });
    return alive >= count;
  });
}
