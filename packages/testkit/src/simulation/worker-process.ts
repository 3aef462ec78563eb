import { type ClusterKnown, createClusterFollower } from "@oak/node-engine/follow";
import type { ClusterProcess, WorkerEar } from "./cluster-process.ts";
import type { SimulatedNetwork } from "./network.ts";
import { createProcessLife, type ProcessLife } from "./process-life.ts";
import type { SimulationDeps } from "./root-process.ts";
import { createScriptedEngine, type Machine } from "./workload-machine.ts";

export interface WorkerWorld extends SimulationDeps {
  id: string;
  network: SimulatedNetwork;
  cluster(): ClusterProcess | undefined;
  giveUp(): boolean;
}

/** One life of a node engine. */
export interface WorkerProcess {
  life: ProcessLife;
  ear: WorkerEar;
}

const HEARTBEAT_MS = 1000;

export function startWorker(
  world: WorkerWorld,
  machine: Machine,
  onCrash: () => void,
): WorkerProcess {
  const { time, random, network } = world;
  const life = createProcessLife();
  let isRegistered = false;
  let isRegistering = false;

  const change = async <T>(apply: () => T): Promise<T> => {
    await life.guard(new Promise<void>((resolve) => time.after(random.next() * 2, resolve)));
    const fate = random.next() / Math.max(world.faults.crash, 1e-12);
    const die = (): void => {
      life.kill();
      onCrash();
    };
    if (fate < 0.5) die();
    if (!life.isAlive()) return life.guard(new Promise<T>(() => undefined));
    const result = apply();
    if (fate >= 0.5 && fate < 1) die();
    return life.guard(Promise.resolve(result));
  };

  const toCluster = (tell: (cluster: ClusterProcess) => void): void => {
    if (!life.isAlive()) return;
    network.send(() => {
      const cluster = world.cluster();
      if (cluster !== undefined) tell(cluster);
    });
  };

  const engine = createScriptedEngine({
    machine,
    time,
    random,
    life,
    giveUp: world.giveUp,
    report: (copy) => {
      const { job_id, instance_number, status, epoch, placement, wanted } = copy;
      const instance = `${job_id}/${instance_number}`;
      world.log.debug({ instance, status, epoch, placement, wanted }, `worker ${world.id} tells`);
      follower.report(copy);
    },
    change,
  });
  const follower = createClusterFollower(
    {
      holdings: engine,
      saveKnown: (known) => change(() => void machine.notes.set("known", structuredClone(known))),
      publishJob: (report) =>
        toCluster((cluster) => cluster.takeJob(world.id, structuredClone(report))),
      publishInventory: (report) =>
        toCluster((cluster) => cluster.takeInventory(world.id, structuredClone(report))),
      log: { warn: () => undefined },
    },
    machine.notes.get("known") as ClusterKnown | undefined,
  );

  const register = (): void => {
    if (isRegistering) return;
    isRegistering = true;
    const attempt = life.guard(
      network.call(async () => {
        const cluster = world.cluster();
        if (cluster === undefined || !cluster.isReady()) throw new Error("the cluster is away");
        return cluster.life.guard(cluster.registerWorker(world.id));
      }, 2000),
    );
    attempt
      .then((answer) => life.guard(follower.registered(answer)))
      .then(
        () => {
          isRegistering = false;
          isRegistered = true;
          follower.sendInventory();
        },
        () => {
          isRegistering = false;
          time.after(random.between(200, 800), life.when(register));
        },
      );
  };
  const heartbeat = life.when(() => {
    if (isRegistered) {
      const numbers = follower.heartbeat();
      toCluster((cluster) => cluster.takeHeartbeat(world.id, numbers));
    }
    time.after(HEARTBEAT_MS, heartbeat);
  });

  engine.start();
  register();
  heartbeat();
  const hear = (act: () => Promise<unknown>): void => {
    if (life.isAlive()) void act().catch(() => undefined);
  };
  const noting = async (
    kind: string,
    jobId: string,
    command: { instance_number: number; assignment: object },
    verdict: Promise<string>,
  ): Promise<void> => {
    const instance = `${jobId}/${command.instance_number}`;
    const facts = { instance, verdict: await verdict, ...command.assignment };
    world.log.debug(facts, `worker ${world.id} takes a ${kind}`);
  };
  return {
    life,
    ear: {
      deploy: (command) =>
        hear(() => noting("deploy", command._id, command, follower.deploy(command))),
      remove: (command) =>
        hear(() => noting("delete", command.job_id, command, follower.remove(command))),
      sync: (command) => hear(() => follower.sync(command)),
      registerAgain: () => {
        if (life.isAlive()) register();
      },
    },
  };
}
