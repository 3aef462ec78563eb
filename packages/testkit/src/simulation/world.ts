import type { Job, Pair } from "@oak/contracts";
import { aJob, serviceId } from "./a-job.ts";
import { type Broker, type ClusterProcess, startCluster } from "./cluster-process.ts";
import { type Container, createMachine, type Machine, type StoredAssignment } from "./machine.ts";
import { createNetwork, type SimulatedNetwork } from "./network.ts";
import type { ProcessLife } from "./process-life.ts";
import { type RootProcess, startRoot } from "./root-process.ts";
import type { Scenario } from "./scenario.ts";
import type { SimulationDeps } from "./simulation-deps.ts";
import type { TierClocks } from "./tier-clocks.ts";
import { createTierDisk, type TierDisk } from "./tier-disk.ts";
import { newCandidate } from "./worker-candidate.ts";
import { startWorker, type WorkerProcess } from "./worker-process.ts";

/** Something that runs, dies and is started again. */
export interface Node<Process extends { life: ProcessLife } = { life: ProcessLife }> {
  readonly name: string;
  process: Process | undefined;
  start(): void;
  /** Ends the process as `kill -9` does; it is started again later. */
  kill(awayMs?: number): void;
  /** Ends it for good. */
  retire(): void;
}

/** One root, its clusters, their workers: disks and machines that last, and the processes of now. */
export interface World extends SimulationDeps {
  scenario: Scenario;
  clocks: TierClocks;
  network: SimulatedNetwork;
  rootDisk: TierDisk;
  root: Node<RootProcess>;
  /** by name */
  clusters: Map<string, ClusterNode>;
  workers: Map<string, WorkerNode>;
  /** links of what was removed by command, but has only been cut off */
  writtenOff: Set<string>;
  /**
   * Workers and clusters of which a person said, wrongly, that nothing runs there any more: until they have
   * joined again, no tier can know of their copies.
   */
  estranged: Set<string>;
  /** tiers whose database was replaced by an older one, or an empty one */
  struck: Set<string>;
  /** those that were struck among other mishaps: they cannot know what is deleted meanwhile */
  struckInTrouble: Set<string>;
  crashes: number;
  /** false once the time of mishaps is over */
  isFaulty: boolean;
  /** services are updated while nothing else goes on, so that nothing else can be to blame */
  isOnlyUpdated: boolean;
  /** called when an agent ends a running container */
  onStopped: StopListener[];
  /** called when a cluster tells a worker to end a copy */
  onNamed: NameListener[];
  /** called when a rollout changes a service, just before that is stored */
  onRolloutStep: RolloutListener[];
}

export type RolloutListener = (before: Job, after: Job) => void;

export type NameListener = (
  cluster: string,
  copy: { worker: string; key: string; pair: Pair },
) => void;

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

export function createWorld(
  deps: SimulationDeps & { clocks: TierClocks },
  scenario: Scenario,
): World {
  const rootDisk = createTierDisk("root");
  const world: World = {
    ...deps,
    scenario,
    network: createNetwork(deps.time, deps.random),
    rootDisk,
    root: undefined as never,
    clusters: new Map(),
    workers: new Map(),
    writtenOff: new Set(),
    estranged: new Set(),
    struck: new Set(),
    struckInTrouble: new Set(),
    crashes: 0,
    isFaulty: true,
    isOnlyUpdated: false,
    onStopped: [],
    onNamed: [],
    onRolloutStep: [],
  };
  const rootParts = {
    ...deps,
    onRolloutStep: (...step: Parameters<RolloutListener>) => {
      for (const listener of world.onRolloutStep) listener(...step);
    },
  };
  world.root = createNode(world, "root", (onCrash) => startRoot(rootParts, rootDisk, onCrash));
  for (const [index, service] of scenario.services.entries()) {
    const job = aJob(serviceId(index), service);
    rootDisk.jobs.put(job._id, job);
  }
  for (const [index, workers] of scenario.clusters.entries()) addCluster(world, index, workers);
  return world;
}

function addCluster(world: World, index: number, cores: readonly number[]): void {
  const name = `cluster-${index}`;
  const id = world.rootDisk.nextId("c1");
  world.rootDisk.candidates.put(id, newCandidate(id, 0, name));
  const disk = createTierDisk(name);
  const broker: Broker = { upSinceMs: 0 };
  const parts = {
    ...world,
    broker,
    root: () => world.root.process,
    onNamed: (...named: Parameters<NameListener>) => {
      for (const listener of world.onNamed) listener(...named);
    },
    ear: (workerId: string) => world.workers.get(workerId)?.process?.ear,
  };
  const node = createNode(world, name, (onCrash) => startCluster(parts, disk, onCrash));
  world.clusters.set(name, Object.assign(node, { disk, broker }));
  for (const [place, vcpus] of cores.entries()) {
    const unfit = world.scenario.unfit
      .filter((pair) => pair.cluster === index && pair.worker === place)
      .map(({ service }) => serviceId(service));
    const workerId = `a${index}00000000000000000000${place.toString(16).padStart(2, "0")}`;
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
  const restartLater = (ms = drawAwayMs(world)): void => {
    node.process = undefined;
    world.crashes += 1;
    world.trace?.(`${name} is dead`, { ms });
    world.time.after(ms, node.start);
  };
  const node: Node<Process> = {
    name,
    process: undefined,
    start: () => {
      if (isRetired || node.process !== undefined) return;
      world.trace?.(`${name} starts`, {});
      node.process = run(() => restartLater());
    },
    kill: (awayMs) => {
      if (node.process === undefined) return;
      node.process.life.kill();
      restartLater(awayMs);
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
function drawAwayMs({ random, isFaulty, scenario }: World): number {
  const isLong = isFaulty && random.chance(scenario.longAbsences);
  return isLong ? random.between(3500, 10_000) : random.between(50, 2000);
}

/** Everything that is a process of its own. */
export const nodesOf = ({ root, clusters, workers }: World): Node[] =>
  [root, ...clusters.values(), ...workers.values()] as Node[];
