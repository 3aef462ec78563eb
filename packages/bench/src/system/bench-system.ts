import { setTimeout as delay } from "node:timers/promises";
import { createHttpClient, type HttpClient } from "@oak/kit";
import {
  addFleet,
  type ClusterSite,
  type RootSite,
  SERVICE_NODE_FLAGS,
  type TestBed,
} from "@oak/testkit";
import { z } from "zod";
import { createPublicApi, type PublicApi } from "../deploy/public-api.ts";

/** Root and cluster as seven processes, and an administrator who is logged in. */
export interface BenchSystem {
  root: RootSite;
  cluster: ClusterSite;
  api: PublicApi;
  /** A metric of the cluster-manager, the sum over what carries the labels; 0 before it was counted. */
  clusterMetric(name: string, labels?: Labels): Promise<number>;
}

export interface BenchSystemOptions {
  /** Further variables of the cluster-manager, for example how long a worker may be silent. */
  clusterEnv?: Readonly<Record<string, string>>;
  /** Each service leaves a CPU profile here when the bed is closed. */
  profileFolder?: string | undefined;
}

const Status = z.object({ connected_to_root: z.boolean() });
const joinMs = 30_000;
const pollMs = 25;

/** Starts root and cluster and waits until they know each other; everything ends with the bed. */
export async function startBenchSystem(
  bed: TestBed,
  { clusterEnv = {}, profileFolder }: BenchSystemOptions = {},
): Promise<BenchSystem> {
  const env = { "cluster-manager": clusterEnv };
  const fleet = await addFleet(bed, {
    logLevel: "warn",
    clusters: [{ name: "bench", env }],
    ...(profileFolder !== undefined && { nodeFlags: profiled(profileFolder) }),
  });
  await fleet.start();
  const { root } = fleet;
  const [cluster] = fleet.clusters;
  if (cluster === undefined) throw new Error("There is no cluster");
  const api = createPublicApi(root.url, { username: "Admin", password: root.adminPassword });
  const client = createHttpClient({ baseUrl: cluster.managerUrl, timeoutMs: 15_000 });
  bed.onClose(async () => {
    api.close();
    client.close();
  });
  await api.logIn();
  await until("the cluster has joined its root", { withinMs: joinMs }, async () => {
    const status = await client.request({ path: "/api/cluster/status", schema: Status });
    return status.connected_to_root;
  });
  return { root, cluster, api, clusterMetric: (name, labels) => readMetric(client, name, labels) };
}

/** The usual flags, and those that write down where the time goes. */
function profiled(folder: string): string[] {
  return [...SERVICE_NODE_FLAGS, "--cpu-prof", `--cpu-prof-dir=${folder}`];
}

export interface Patience {
  withinMs: number;
  everyMs?: number;
  /** ends the waiting early */
  signal?: AbortSignal;
}

/** Asks again and again. @throws when it does not hold in time; what the question throws is a no */
export async function until(
  what: string,
  { withinMs, everyMs = pollMs, signal }: Patience,
  holds: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  let trouble: unknown;
  for (;;) {
    try {
      if (await holds()) return;
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    if (performance.now() > deadlineMs) {
      throw new Error(`It is not so after ${withinMs / 1000} s: ${what}`, { cause: trouble });
    }
    await delay(everyMs, undefined, { signal });
  }
}

type Labels = Readonly<Record<string, string>>;

async function readMetric(client: HttpClient, name: string, labels?: Labels): Promise<number> {
  const answer = await client.request({ path: "/metrics", schema: z.string() });
  return sumOfMetric(answer, name, labels);
}

/**
 * Adds up the samples of one metric that carry all of `labels`, in the text that Prometheus reads.
 * @throws when there is no such metric: a mistyped name must not look like "never happened"
 */
export function sumOfMetric(text: string, name: string, labels: Labels = {}): number {
  if (!text.includes(`# TYPE ${name} `)) throw new Error(`There is no metric ${name}`);
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
