import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { programPath, SERVICE_NODE_FLAGS, type TestBed } from "@oak/testkit";
import type { Aim, BenchContext } from "../bench.ts";
import { toCount, toFigure } from "../report/text-table.ts";
import { anSla } from "../scale/sla.ts";
import { createSeededRandom } from "../stats/seeded-random.ts";
import { type BenchSystem, startBenchSystem, until } from "../system/bench-system.ts";
import { entering } from "../system/namespaces.ts";
import { addLossyLink, type LossyLink } from "./lossy-link.ts";
import type { FailoverOptions } from "./options.ts";

const patience = { withinMs: 60_000 };
const lookEveryMs = 1_000;
const tellEveryMs = 30_000;

/** Engines with a workload each behind a link that loses and delays: nobody may be taken for dead. */
export async function measureImpaired(
  bed: TestBed,
  options: FailoverOptions,
  context: BenchContext,
): Promise<Aim[]> {
  const { say, signal, results } = context;
  const system = await startBenchSystem(bed);
  const link = await addLossyLink(bed, {
    loss: options.lossPercent / 100,
    delayMs: options.delayMs,
    isBothWays: options.isBothWays,
    random: createSeededRandom(options.seed),
  });
  await link.offer(Number(new URL(system.cluster.managerUrl).port));
  await link.offer(system.cluster.brokerPort);
  for (let number = 0; number < options.engines; number += 1) {
    await startEngine(bed, { system, link, name: `far${number}` });
  }
  const alive = (): Promise<number> =>
    system.clusterMetric("oak_cluster_workers", { liveness: "alive" });
  await until("all engines are alive", { ...patience, signal }, async () => {
    return (await alive()) === options.engines;
  });
  const serviceId = await deployOnEach(system, options.engines, signal);
  const before = await whereAll(system, serviceId);
  link.setImpaired(true);
  const least = await watch({ system, alive }, options, context);
  link.setImpaired(false);
  const evicted = await system.clusterMetric("oak_cluster_evictions_total");
  const after = await whereAll(system, serviceId);
  const moved = [...before].filter(([key, worker]) => after.get(key) !== worker).length;
  const signs = await system.clusterMetric("oak_cluster_signs_of_life_total", { outcome: "heard" });
  const found = { ...link.counts(), least, signs, evicted, moved };
  say(describe(found, options.engines));
  const row = { ...sizesOf(options), ...found };
  say(`samples: ${await results.save("failover-impaired", [row])}`);
  return aimsOf(found, options);
}

interface Found {
  passed: number;
  lost: number;
  least: number;
  signs: number;
  evicted: number;
  moved: number;
}

function describe(found: Found, engines: number): string {
  const packets = `${toCount(found.passed)} packets passed, ${toCount(found.lost)} lost`;
  const heard = `connected at the least ${found.least} of ${engines}, ${toCount(found.signs)} signs of life`;
  return `${packets}; ${heard}; workers lost by mistake ${found.evicted}, workloads moved ${found.moved}`;
}

function sizesOf({ seconds, lossPercent, delayMs, isBothWays, engines, seed }: FailoverOptions) {
  return { seconds, lossPercent, delayMs, ways: isBothWays ? 2 : 1, engines, seed };
}

function aimsOf({ evicted, moved }: Found, options: FailoverOptions): Aim[] {
  const { seconds, lossPercent, delayMs, isBothWays } = options;
  const ways = isBothWays ? "both ways" : "upward";
  const what = `${lossPercent} % lost, ${delayMs} ms late ${ways}, ${seconds} s`;
  return [
    { what: `${what}: workers lost by mistake`, measured: evicted, atMost: 0, unit: "" },
    { what: `${what}: workloads moved`, measured: moved, atMost: 0, unit: "" },
  ];
}

interface FarEngine {
  system: BenchSystem;
  link: LossyLink;
  name: string;
}

/** An engine inside the link's namespace, with workloads that it only pretends to run. */
async function startEngine(bed: TestBed, { system, link, name }: FarEngine): Promise<void> {
  const { cluster } = system;
  const stateDir = join(bed.folder, name);
  await mkdir(stateDir);
  const log = openSync(join(bed.folder, `${name}.log`), "a");
  const engine = [process.execPath, ...SERVICE_NODE_FLAGS, programPath("node-engine")];
  const [command = "", ...args] = [...entering(link.namespace), ...engine];
  const child = spawn(command, args, {
    env: {
      PATH: process.env["PATH"],
      NODE_NAME: name,
      OAK_CLUSTER_ADDRESS: link.address,
      OAK_CLUSTER_PORT: new URL(cluster.managerUrl).port,
      OAK_WORKER_JOIN_SECRET: cluster.workerJoinSecret,
      OAK_STATE_DIR: stateDir,
      OAK_RUNTIME: "fake",
      LOG_LEVEL: "info",
    },
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  bed.onClose(() => end(child));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** As many instances as there are engines. */
async function deployOnEach(
  { api }: BenchSystem,
  count: number,
  signal: AbortSignal,
): Promise<string> {
  const { serviceId } = await api.createApplication(anSla("impaired", 1));
  for (let number = 0; number < count; number += 1) await api.addInstance(serviceId);
  await until("all instances run", { ...patience, signal }, async () => {
    const instances = await api.instances(serviceId);
    return instances.filter(({ status }) => status === "RUNNING").length === count;
  });
  return serviceId;
}

/** On which worker each instance is. */
async function whereAll({ api }: BenchSystem, serviceId: string): Promise<Map<number, string>> {
  await api.logIn();
  const instances = await api.instances(serviceId);
  return new Map(
    instances.map(({ instance_number, worker_id = "" }) => [instance_number, worker_id]),
  );
}

interface Watched {
  system: BenchSystem;
  alive(): Promise<number>;
}

/** @returns how many engines counted as connected at the worst moment */
async function watch(
  { system, alive }: Watched,
  { seconds, engines }: FailoverOptions,
  { say, signal }: BenchContext,
): Promise<number> {
  let least = engines;
  let toldMs = performance.now();
  const untilMs = performance.now() + seconds * 1000;
  while (performance.now() < untilMs) {
    await delay(lookEveryMs, undefined, { signal });
    least = Math.min(least, await alive());
    if (performance.now() - toldMs < tellEveryMs) continue;
    toldMs = performance.now();
    const evicted = await system.clusterMetric("oak_cluster_evictions_total");
    const leftS = (untilMs - toldMs) / 1000;
    say(`${toFigure(leftS)} s left: connected at the least ${least}, lost by mistake ${evicted}`);
  }
  return least;
}
