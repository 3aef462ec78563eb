import { setTimeout as delay } from "node:timers/promises";
import {
  containersOf,
  createTinyImage,
  engineIdsBelow,
  type TestBed,
  type WorkerSite,
} from "@oak/testkit";
import Docker from "dockerode";
import { followContainerEvents } from "../deploy/docker-events.ts";
import { anSla } from "../scale/sla.ts";
import { type BenchSystem, startBenchSystem, until } from "../system/bench-system.ts";
import type { Copy, Keeper } from "./keeper.ts";

const jobLabel = "oak.job-id";
const engineLabel = "oak.engine-id";
const patience = { withinMs: 60_000 };
/** A judge that gives no reasons for so long has begun to judge. */
const judgingMs = 1_600;

interface Engine {
  site: WorkerSite;
  id: string;
}

/** Root, cluster and two engines on this machine's Docker; everything ends with the bed. */
export async function createOurKeeper(bed: TestBed, timeoutS: number): Promise<Keeper> {
  const docker = new Docker();
  const events = await followContainerEvents(docker);
  bed.onClose(async () => events.close());
  const image = await createTinyImage({ docker });
  bed.onClose(image.remove);
  const system = await startBenchSystem(bed, {
    clusterEnv: { WORKER_TIMEOUT_S: String(timeoutS) },
  });
  const engines = [await addEngine(system, "one"), await addEngine(system, "two")];
  await untilAllJudged(system, engines.length);
  const { serviceId } = await system.api.createApplication(anSla("failover", 1, image.name));
  return createKeeper({ timeoutS, docker, events, system, engines, serviceId });
}

async function addEngine({ cluster }: BenchSystem, name: string): Promise<Engine> {
  const site = await cluster.addWorker({ name });
  await site.process.start();
  const [id] = await engineIdsBelow(site.stateDir);
  if (id === undefined) throw new Error(`${name} has made no id`);
  return { site, id };
}

/** All workers live, and the cluster has waited long enough after its start to judge their silence. */
async function untilAllJudged({ clusterMetric }: BenchSystem, workers: number): Promise<void> {
  await until("all workers are alive", patience, async () => {
    return (await clusterMetric("oak_cluster_workers", { liveness: "alive" })) === workers;
  });
  await until("silence is judged", { ...patience, everyMs: 1 }, async () => {
    const before = await clusterMetric("oak_cluster_braked_total");
    await delay(judgingMs);
    return (await clusterMetric("oak_cluster_braked_total")) === before;
  });
}

interface KeeperDeps {
  timeoutS: number;
  docker: Docker;
  events: Awaited<ReturnType<typeof followContainerEvents>>;
  system: BenchSystem;
  engines: readonly Engine[];
  serviceId: string;
}

function createKeeper(deps: KeeperDeps): Keeper {
  const { docker, events, system, engines, serviceId } = deps;
  const { api } = system;
  let number = 0;

  const copies = async (): Promise<Copy[]> => {
    const label = [`${jobLabel}=${serviceId}`];
    const containers = await docker.listContainers({ all: true, filters: { label } });
    return Promise.all(
      containers.map(async ({ Id: containerId, Labels }) => {
        const { State } = await docker.getContainer(containerId).inspect();
        const engine = engines.find(({ id }) => id === Labels[engineLabel]);
        return { containerId, pid: State.Pid, workerName: engine?.site.name ?? "" };
      }),
    );
  };
  /** The one copy that there is, when nothing else is under way. */
  const settled = async (): Promise<Copy> => {
    let found: Copy | undefined;
    await until("the workload runs once", patience, async () => {
      const all = await copies().catch(ignoreGone);
      found = all.find(({ pid }) => pid > 0);
      const instances = await api.instances(serviceId);
      const isTold = instances.every(({ status }) => status === "RUNNING");
      return all.length === 1 && found !== undefined && instances.length === 1 && isTold;
    });
    if (found === undefined) throw new Error("The workload has vanished");
    return found;
  };
  const engineOf = ({ workerName }: Copy): Engine => {
    const engine = engines.find(({ site }) => site.name === workerName);
    if (engine === undefined) throw new Error(`Nobody is called ${workerName}`);
    return engine;
  };
  const startedElsewhere = ({ id }: Engine) =>
    events.next("start", ({ labels }) => {
      return labels[jobLabel] === serviceId && labels[engineLabel] !== id;
    });

  return {
    name: `this system, ${deps.timeoutS} s`,
    begin: async () => {
      await api.logIn();
      number = await api.addInstance(serviceId);
      return settled();
    },
    end: async () => {
      await api.removeInstance(serviceId, number);
      await until("the workload is gone", patience, async () => {
        return (await copies().catch(ignoreGone)).length === 0;
      });
    },
    killWorkload: async () => {
      const { pid } = await settled();
      const again = events.next("start", ({ labels }) => labels[jobLabel] === serviceId);
      const killedMs = performance.now();
      process.kill(pid, "SIGKILL");
      return (await again).atMs - killedMs;
    },
    silence: async () => {
      const victim = engineOf(await settled());
      const elsewhere = startedElsewhere(victim);
      const stoppedMs = performance.now();
      victim.site.process.signal("SIGSTOP");
      try {
        return (await elsewhere).atMs - stoppedMs;
      } finally {
        victim.site.process.signal("SIGCONT");
        await untilAllJudged(system, engines.length);
      }
    },
    powerOff: async () => {
      const copy = await settled();
      const victim = engineOf(copy);
      const elsewhere = startedElsewhere(victim);
      const cutMs = performance.now();
      victim.site.process.signal("SIGKILL");
      process.kill(copy.pid, "SIGKILL");
      const { atMs } = await elsewhere;
      await victim.site.process.kill();
      await victim.site.process.start();
      await untilAllJudged(system, engines.length);
      return atMs - cutMs;
    },
    killAgent: async () => {
      const before = await settled();
      const { site, id } = engineOf(before);
      await site.process.kill();
      await site.process.start();
      await delay(deps.timeoutS * 1000);
      await untilAllJudged(system, engines.length);
      const after = await settled();
      const left = await containersOf(id, docker);
      return after.pid === before.pid && left.length === 1;
    },
  };
}

/** A container may go between being listed and being looked at. */
function ignoreGone(error: unknown): Copy[] {
  if (error instanceof Error && "statusCode" in error && error.statusCode === 404) {
    return [{ containerId: "", pid: 0, workerName: "" }];
  }
  throw error;
}
