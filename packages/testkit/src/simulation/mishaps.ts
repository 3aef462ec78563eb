import { cutPower } from "./machine.ts";
import type { Mishap } from "./scenario.ts";
import type { ClusterNode, Node, WorkerNode, World } from "./world.ts";

/** What may befall the system; each picks its victim by chance. */
export function createMishaps(world: World): Record<Mishap, () => void> {
  const { random, time, network, clusters, workers, root, scenario } = world;
  const nodes = (): Node[] => [root, ...clusters.values(), ...workers.values()] as Node[];
  const aWorker = (): WorkerNode | undefined =>
    workers.size === 0 ? undefined : random.pick([...workers.values()]);
  const aCluster = (): ClusterNode => random.pick([...clusters.values()]);
  /** Longer than silence is tolerated, or shorter. */
  const whileMs = (): number =>
    random.pick([random.between(200, 4000), random.between(5000, 15_000)]);

  return {
    kill: () => die(world, random.pick(nodes())),
    killStorm: () => {
      // The same one again and again, each time just after its start.
      const node = random.pick(nodes());
      for (let index = 0; index < 4; index += 1) {
        time.after(index * random.between(100, 3000), () => die(world, node));
      }
    },
    freeze: () => {
      const life = random.pick(nodes()).process?.life;
      if (life === undefined) return;
      life.freeze();
      time.after(whileMs(), life.thaw);
    },
    powerCut: () => {
      const node = aWorker();
      if (node === undefined) return;
      world.trace?.(`${node.name} has no power`, {});
      cutPower(node.machine);
      node.kill();
    },
    linkCut: () => {
      const link = random.pick([...clusters.keys(), ...workers.keys()]);
      world.trace?.(`link of ${link} is cut`, {});
      network.cut.add(link);
      time.after(whileMs(), () => network.cut.delete(link));
    },
    brokerOutage: () => {
      const cluster = aCluster();
      const links = [...workers.values()].flatMap(({ machine }) =>
        machine.cluster === cluster.name ? [machine.id] : [],
      );
      world.trace?.(`broker of ${cluster.name} is down`, {});
      cluster.broker.upSinceMs = undefined;
      for (const link of links) network.cut.add(link);
      time.after(whileMs(), () => {
        cluster.broker.upSinceMs ??= time.nowMs();
        for (const link of links) network.cut.delete(link);
      });
    },
    workloadDeath: () => {
      const node = aWorker();
      const running = [...(node?.machine.containers.copy() ?? [])].filter(([, c]) => c.isRunning);
      if (node === undefined || running.length === 0) return;
      const [key] = random.pick(running);
      node.machine.containers.remove(key);
      node.process?.workloadDied(key);
    },
    workerRemoval: () => {
      // One: what is asked for is drawn to fit without it, and no more.
      const isFirst = workers.size === scenario.clusters.flat().length;
      const node = aWorker();
      if (isFirst && node !== undefined) removeWorker(world, node);
    },
  };
}

/** Ends whatever is still cut, frozen or dead. */
export function relieve({ network, clusters, workers, root, time, random }: World): void {
  network.cut.clear();
  for (const { broker } of clusters.values()) broker.upSinceMs ??= time.nowMs();
  for (const node of [root, ...clusters.values(), ...workers.values()] as Node[]) {
    node.process?.life.thaw();
    time.after(random.between(0, 500), node.start);
  }
}

/** A broker that saw the agent go tells so, a moment later. */
function die(world: World, node: Node): void {
  const { random, time, clusters, workers, scenario } = world;
  const worker = workers.get(node.name);
  const session = worker?.process?.session();
  node.kill();
  if (worker === undefined || session === undefined || !scenario.hasLastWills) return;
  const { id, cluster } = worker.machine;
  time.after(random.between(1, 1500), () => clusters.get(cluster)?.process?.agentLost(id, session));
}

/** The machine is switched off and taken away, then the operator says so. */
function removeWorker(world: World, node: WorkerNode): void {
  const { machine } = node;
  world.trace?.(`${node.name} is taken away`, {});
  world.workers.delete(machine.id);
  node.retire();
  for (const key of [...machine.containers.keys()]) machine.containers.remove(key);
  for (const key of [...machine.records.keys()]) machine.records.remove(key);
  let isConfirmed = false;
  const say = (): void => {
    const cluster = world.clusters.get(machine.cluster);
    // Until it is confirmed; again when an older database remembers the worker.
    const isKnown = cluster?.disk.candidates.get(machine.id) !== undefined;
    if ((isKnown || !isConfirmed) && cluster?.process?.isReady() === true) {
      cluster.process.removeWorker(machine.id).then(
        () => {
          isConfirmed = true;
        },
        () => undefined,
      );
    }
    world.time.after(3000, say);
  };
  world.time.after(world.random.between(0, 3000), say);
}
