import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { instanceKey } from "@oak/contracts";
import {
  addFleet,
  type ClusterSite,
  type Fleet,
  type TestBed,
  type WorkerSite,
} from "@oak/testkit";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import { createPublicApi, type PublicApi } from "./public-api.ts";

/** A root with two clusters, each with a worker that only pretends. */
export interface TwoClusters {
  readonly fleet: Fleet;
  readonly api: PublicApi;
  /** There from the beginning. */
  readonly first: ClusterSite;
  /** Behind NAT: the root cannot reach it. */
  readonly second: ClusterSite;
  /** Which copies run at a cluster, as `<instance> <run>`: the run changes when a copy is started anew. */
  runsAt(cluster: ClusterSite): Promise<string[]>;
}

/** Short, so that a test need not wait; both are longer than any pause of a busy machine is meant to be. */
const rootEnv = { "system-manager": { CLUSTER_TIMEOUT_S: "3" } };
const clusterEnv = { "cluster-manager": { WORKER_TIMEOUT_S: "3" } };

/** Starts the root and the first cluster; the second one is only prepared. */
export async function startFirstOfTwo(bed: TestBed): Promise<TwoClusters> {
  const worker = { name: "worker", runtime: "fake" } as const;
  const fleet = await addFleet(bed, {
    rootEnv,
    clusters: [{ name: "first", env: clusterEnv, workers: [worker] }],
  });
  await fleet.start();
  const second = await fleet.addCluster({ name: "second", env: clusterEnv, isDialable: false });
  await second.addWorker(worker);
  return {
    fleet,
    api: createPublicApi(fleet.root.url, {
      username: "Admin",
      password: fleet.root.adminPassword,
    }),
    first: fleet.clusters[0]!,
    second,
    runsAt: async (cluster) => (await Promise.all(cluster.workers.map(runsOn))).flat().toSorted(),
  };
}

/** Starts a cluster with its workers, and waits until the root knows that it has room. */
export async function startCluster({ api }: TwoClusters, cluster: ClusterSite): Promise<void> {
  await Promise.all([cluster.start(), ...cluster.workers.map(({ process }) => process.start())]);
  await eventually(async () => {
    const clusters = await api.clusters();
    expect(clusters).toContainEqual(
      expect.objectContaining({ cluster_name: cluster.name, active: true, active_nodes: 1 }),
    );
  });
}

/** Waits until exactly this instance, the only one of its service, runs at this cluster by the root's word. */
export async function untilRunningAt(
  system: TwoClusters,
  service: string,
  cluster: ClusterSite,
): Promise<string> {
  return eventually(async () => {
    const [instance, ...others] = (await system.api.service(service)).instance_list;
    expect(instance).toMatchObject({ status: "RUNNING" });
    expect(others).toEqual([]);
    const key = instanceKey(service, instance!.instance_number);
    const runs = (await system.runsAt(cluster)).filter((run) => run.startsWith(`${key} `));
    expect(runs).toHaveLength(1);
    return runs[0]!;
  });
}

interface PretendedWorkload {
  identity: { key: string };
  state: string;
  startedAtMs: number;
}

async function runsOn({ stateDir }: WorkerSite): Promise<string[]> {
  const text = await readFile(join(stateDir, "fake-machine.json"), "utf8").catch(() => undefined);
  if (text === undefined) return [];
  const { workloads } = JSON.parse(text) as { workloads: PretendedWorkload[] };
  return workloads
    .filter(({ state }) => state === "running")
    .map(({ identity, startedAtMs }) => `${identity.key} ${startedAtMs}`);
}
