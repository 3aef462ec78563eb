import type { Job } from "@oak/contracts";
import { type Broker, type ClusterProcess, startCluster } from "./cluster-process.ts";
import { type Container, createMachine, type Machine, type StoredAssignment } from "./machine.ts";
import { createNetwork, type SimulatedNetwork } from "./network.ts";
import type { ProcessLife } from "./process-life.ts";
import { type RootProcess, startRoot } from "./root-process.ts";
import type { Scenario } from "./scenario.ts";
import type { SimulationDeps } from "./simulation-deps.ts";
import { createTierDisk, type TierDisk } from "./tier-disk.ts";
import { newCandidate } from "./worker-candidate.ts";
import { startWorker, type WorkerProcess } from "./worker-process.ts";

/** Something that runs, dies and is started again. */
export interface Node<Process extends { life: ProcessLife } = { life: ProcessLife }> {
  readonly name: string;
  process: Process | undefined;
  start(): void;
  /** Ends the process as `kill -9` does; it is started again later. */
  kill(): void;
  /** Ends it for good. */
  retire(): void;
}

/** One root, its clusters, their workers: disks and machines that last, and the processes of now. */
export interface World extends SimulationDeps {
  scenario: Scenario;
  network: SimulatedNetwork;
  rootDisk: TierDisk;
  root: Node<RootProcess>;
  /** by name */
  clusters: Map<string, ClusterNode>;
  workers: Map<string, WorkerNode>;
  crashes: number;
  /** false once the time of mishaps is over */
  isFaulty: boolean;
  /** called when an agent ends a running container */
  onStopped: StopListener[];
}

export type StopListener = (
  machine: Machine,
  key: string,
  container: Container,
  record: StoredAssignment,
) => void;

export interface ClusterNode extends Node<ClusterProcess> {
  disk: TierDisk;
  broker: Broker;
}

export interface WorkerNode extends Node<WorkerProcess> {
  machine: Machine;
}

/** Silence after which a worker counts as lost. */
const WORKER_TIMEOUT_MS = 5000;

export function createWorld(deps: SimulationDeps, scenario: Scenario): World {
  const rootDisk = createTierDisk("root");
  const world: World = {
    ...deps,
    scenario,
    network: createNetwork(deps.time, deps.random),
    rootDisk,
    root: undefined as never,
    clusters: new Map(),
    workers: new Map(),
    crashes: 0,
    isFaulty: true,
    onStopped: [],
  };
  world.root = createNode(world, "root", (onCrash) => startRoot(deps, rootDisk, onCrash));
  for (const [index, { isOneShot }] of scenario.services.entries()) {
    const job = aJob(serviceId(index), isOneShot);
    rootDisk.jobs.put(job._id, job);
  }
  for (const [index, workers] of scenario.clusters.entries()) addCluster(world, index, workers);
  return world;
}

export const serviceId = (index: number): string => `5e0000000000000000000${hex(index, 3)}`;

function addCluster(world: World, index: number, cores: readonly number[]): void {
  const name = `cluster-${index}`;
  const id = `c10000000000000000000${hex(index, 3)}`;
  world.rootDisk.candidates.put(id, newCandidate(id, 0, name));
  const disk = createTierDisk(name);
  const broker: Broker = { upSinceMs: 0 };
  const parts = {
    ...world,
    broker,
    root: () => world.root.process,
    ear: (workerId: string) => world.workers.get(workerId)?.process?.ear,
    workerTimeoutMs: WORKER_TIMEOUT_MS,
  };
  const node = createNode(world, name, (onCrash) => startCluster(parts, disk, onCrash));
  world.clusters.set(name, Object.assign(node, { disk, broker }));
  for (const [place, vcpus] of cores.entries()) {
    const unfit = world.scenario.unfit
      .filter((pair) => pair.cluster === index && pair.worker === place)
      .map(({ service }) => serviceId(service));
    const workerId = `a${index}00000000000000000000${hex(place, 2)}`;
    addWorker(world, createMachine({ id: workerId, cluster: name, vcpus, unfit: new Set(unfit) }));
  }
}

function addWorker(world: World, machine: Machine): void {
  const { id, cluster } = machine;
  const parts = {
    ...world,
    cluster: () => world.clusters.get(cluster)?.process,
    oneShotMs: () => world.random.between(500, 8000),
    onStopped: (...stop: Parameters<StopListener>) => {
      for (const listener of world.onStopped) listener(...stop);
    },
  };
  const node = createNode(world, id, (onCrash) => startWorker(parts, machine, onCrash));
  world.workers.set(id, Object.assign(node, { machine }));
}

function createNode<Process extends { life: ProcessLife }>(
  world: World,
  name: string,
  run: (onCrash: () => void) => Process,
): Node<Process> {
  let isRetired = false;
  const restartLater = (): void => {
    node.process = undefined;
    world.crashes += 1;
    const ms = awayMs(world);
    world.trace?.(`${name} is dead`, { ms });
    world.time.after(ms, node.start);
  };
  const node: Node<Process> = {
    name,
    process: undefined,
    start: () => {
      if (isRetired || node.process !== undefined) return;
      world.trace?.(`${name} starts`, {});
      node.process = run(restartLater);
    },
    kill: () => {
      if (node.process === undefined) return;
      node.process.life.kill();
      restartLater();
    },
    retire: () => {
      isRetired = true;
      node.process?.life.kill();
      node.process = undefined;
    },
  };
  return node;
}

/** Most processes are back soon; some stay away for longer than silence is tolerated. */
function awayMs({ random, isFaulty, scenario }: World): number {
  const isLong = isFaulty && random.chance(scenario.longAbsences);
  return isLong ? random.between(6000, 20_000) : random.between(50, 2000);
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** A service of one core an instance, without instances yet. */
export function aJob(id: string, isOneShot: boolean): Job {
  const service = `s${id.slice(-3)}`;
  const name = `app.test.${service}.test`;
  return {
    _id: id,
    job_name: name,
    job_name_key: name,
    image: "image",
    code: "image",
    virtualization: "docker",
    vcpus: 1,
    memory: 100,
    ...(isOneShot ? { one_shot: true } : {}),
    microservice_name: service,
    microservice_namespace: "test",
    applicationID: id,
    app_name: "app",
    app_ns: "test",
    service_name: service,
    service_ns: "test",
    owner: "Admin",
    rev: 1,
    spec_rev: 1,
    members: [],
    next_instance_progressive_number: 0,
    deleted: false,
    created_at: 0,
  };
}
