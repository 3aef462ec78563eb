import type {
  DeleteCommand,
  DeployCommand,
  HeardNotice,
  HeldCopy,
  NamedCopy,
  Pair,
  SyncCommand,
} from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import { type ClusterKnown, createClusterFollower } from "@oak/node-engine/follow";
import type { ClusterProcess, WorkerEar } from "./cluster-process.ts";
import type { Container, Machine, StoredAssignment } from "./machine.ts";
import type { SimulatedNetwork } from "./network.ts";
import { createProcessLife, type ProcessLife } from "./process-life.ts";
import { createScriptedEngine, type ScriptedEngine } from "./scripted-engine.ts";
import { freezeDeep } from "./shelf.ts";
import type { SimulationDeps } from "./simulation-deps.ts";
import { createChanger } from "./tier-store.ts";

export interface WorkerWorld extends SimulationDeps {
  network: SimulatedNetwork;
  cluster(): ClusterProcess | undefined;
  oneShotMs(): number;
  onStopped(machine: Machine, key: string, container: Container, record: StoredAssignment): void;
}

/** One life of a node engine. */
export interface WorkerProcess {
  life: ProcessLife;
  ear: WorkerEar;
  /** its present session, for the last will that the broker publishes for it */
  session(): number;
  workloadDied(key: string): void;
}

const HEARTBEAT_MS = 1000;
/** One heartbeat in so many names copies to which nobody is connected, as if that took a while. */
const IDLE_ONCE_IN = 3;

export function startWorker(
  world: WorkerWorld,
  machine: Machine,
  onCrash: () => void,
): WorkerProcess {
  const { time, random, network } = world;
  const life = createProcessLife(time);
  const crash = (): void => {
    life.kill();
    onCrash();
  };
  const change = createChanger({ ...world, life, crash, isLocal: true });
  const toCluster = (tell: (cluster: ClusterProcess) => void): void =>
    network.send(machine.id, "up", () => {
      const cluster = world.cluster();
      if (cluster !== undefined) tell(cluster);
    });

  const beat = (): void => {
    if (!registration.isDone()) return;
    const numbers = follower.heartbeat();
    engine.leases.sending(numbers);
    beats += 1;
    const idle = beats % IDLE_ONCE_IN === 0 ? idleCopies(machine, engine.all()) : [];
    const report = idle.length === 0 ? numbers : { ...numbers, idle };
    toCluster((cluster) => cluster.takeHeartbeat(machine.id, report));
  };
  let beats = 0;
  const engine = createScriptedEngine({
    ...{ machine, time, random, life, change, oneShotMs: world.oneShotMs },
    report: (copy) => follower.report(copy),
    onStopped: (key, container, record) => world.onStopped(machine, key, container, record),
    askAtOnce: () => void time.after(0, life.when(beat)),
  });
  const follower = createClusterFollower(
    {
      holdings: engine,
      saveKnown: (known) => change(() => machine.notes.put("known", { ...known })),
      publishJob: (report) => {
        world.trace?.(`${machine.id} reports`, report);
        toCluster((cluster) => cluster.takeJob(machine.id, freezeDeep(report)));
      },
      publishInventory: (report) =>
        toCluster((cluster) => cluster.takeInventory(machine.id, freezeDeep(report))),
      log: { warn: () => undefined },
    },
    machine.notes.get("known") as ClusterKnown | undefined,
  );

  const registration = createRegistration(world, { machine, life, follower });
  const heartbeat = life.when(() => {
    // It may have slept.
    engine.leases.enforce();
    beat();
    time.after(HEARTBEAT_MS, heartbeat);
  });
  void life.guard(engine.start());
  registration.start();
  // Workers do not beat in step.
  time.after(random.next() * HEARTBEAT_MS, heartbeat);

  return {
    life,
    ear: createEar(world, { machine, life, follower, engine, register: registration.start }),
    session: () => follower.known().session,
    workloadDied: engine.died,
  };
}

/** Half of all copies, left by a move or not: what is meant is for the cluster to know. */
function idleCopies(machine: Machine, held: readonly HeldCopy[]): NamedCopy[] {
  return held.flatMap(({ job_id, instance_number, epoch, placement }) => {
    const key = instanceKey(job_id, instance_number);
    const container = machine.containers.get(key);
    if (container?.isRunning !== true || container.id % 2 === 0) return [];
    machine.saidIdle(key, { epoch, placement });
    return [{ job_id, instance_number, epoch, placement }];
  });
}

interface Agent {
  machine: Machine;
  life: ProcessLife;
  follower: ReturnType<typeof createClusterFollower>;
}

/** Registers until it is done, and again when it is told to. */
function createRegistration(world: WorkerWorld, { machine, life, follower }: Agent) {
  const { time, random, network } = world;
  let isDone = false;
  let isUnderWay = false;
  const start = (): void => {
    if (isUnderWay) return;
    isUnderWay = true;
    const request = async () => {
      const cluster = world.cluster();
      if (cluster === undefined || !cluster.isReady()) throw new Error("the cluster is away");
      return cluster.life.serve(() => cluster.registerWorker(machine));
    };
    life
      .guard(network.call(machine.id, request, 2000))
      .then((answer) => follower.registered(answer))
      .then(
        () => {
          isUnderWay = false;
          isDone = true;
          follower.sendInventory();
        },
        () => {
          isUnderWay = false;
          time.after(random.between(200, 800), life.when(start));
        },
      );
  };
  return { start, isDone: () => isDone };
}

function createEar(
  world: WorkerWorld,
  {
    machine,
    life,
    follower,
    engine,
    register,
  }: Agent & {
    engine: ScriptedEngine;
    register(): void;
  },
): WorkerEar {
  const hear = (act: () => Promise<unknown>): void =>
    life.enter(() => {
      // A command whose change could not be stored is lost; the next heartbeat shows the gap.
      act().catch(() => undefined);
    });
  const traced = async (command: object, verdict: Promise<unknown>): Promise<void> => {
    const answer = await verdict;
    world.trace?.(`${machine.id} takes`, { command, verdict: answer });
  };
  const note = (key: string, pair: Pair): void => machine.named(key, pair);
  return {
    deploy: (command: DeployCommand) => hear(() => traced(command, follower.deploy(command))),
    remove: (command: DeleteCommand) => {
      note(instanceKey(command.job_id, command.instance_number), command.assignment);
      hear(() => traced(command, follower.remove(command)));
    },
    sync: (command: SyncCommand) => {
      for (const gone of command.gone) note(instanceKey(gone.job_id, gone.instance_number), gone);
      hear(() => traced(command, follower.sync(command)));
    },
    heard: (notice: HeardNotice) => life.enter(() => engine.leases.heard(notice)),
    registerAgain: () => life.enter(register),
  };
}
