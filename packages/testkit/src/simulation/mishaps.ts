import { createLinkMishaps, healLink, outageMs } from "./link-mishaps.ts";
import { cutPower } from "./machine.ts";
import type { Mishap } from "./scenario.ts";
import { type Node, nodesOf, type WorkerNode, type World } from "./world.ts";

/** What may befall the system; each picks its victim by chance. */
export function createMishaps(world: World): Record<Mishap, () => void> {
  const { random, time, clusters, workers, clocks } = world;
  const aNode = (): Node => random.pick(nodesOf(world));
  const aWorker = (): WorkerNode | undefined =>
    workers.size === 0 ? undefined : random.pick([...workers.values()]);

  return {
    ...createLinkMishaps(world),
    kill: () => die(world, aNode()),
    killStorm: () => {
      // The same one again and again, each time just after its start.
      const node = aNode();
      for (let index = 0; index < 4; index += 1) {
        time.after(index * random.between(100, 3000), () => {
          if (world.isFaulty) die(world, node);
        });
      }
    },
    exile: () => die(world, aNode(), random.between(6000, 20_000)),
    freeze: () => {
      const node = aNode();
      const life = node.process?.life;
      if (life === undefined) return;
      const ms = outageMs(world);
      world.trace?.(`${node.name} stands still`, { ms });
      life.freeze();
      time.after(ms, life.thaw);
    },
    powerCut: () => {
      const node = aWorker();
      if (node === undefined) return;
      world.trace?.(`${node.name} has no power`, {});
      cutPower(node.machine);
      node.kill();
    },
    workloadDeath: () => {
      const node = aWorker();
      const running = [...(node?.machine.containers.copy() ?? [])].filter(([, c]) => c.isRunning);
      if (node === undefined || running.length === 0) return;
      const [key] = random.pick(running);
      world.trace?.(`${key} dies on ${node.name}`, {});
      node.machine.containers.remove(key);
      node.process?.workloadDied(key);
    },
    clockStep: () => {
      const tier = random.pick(["root", ...clusters.keys()]);
      const byMs = random.pick([-1, 1]) * random.pick([2000, 60_000, 3_600_000]);
      world.trace?.(`the clock of ${tier} is set`, { byMs });
      clocks.step(tier, byMs);
    },
  };
}

/** Ends whatever is still cut, frozen or dead. */
export function relieve(world: World): void {
  const { network, clusters, time, random } = world;
  for (const link of [...clusters.keys(), ...world.workers.keys()]) {
    network.goOn(link, "up");
    network.goOn(link, "down");
  }
  for (const link of [...network.cut.up, ...network.cut.down]) healLink(world, link);
  for (const { broker } of clusters.values()) broker.upSinceMs ??= time.nowMs();
  for (const node of nodesOf(world)) {
    node.process?.life.thaw();
    time.after(random.between(0, 500), node.start);
  }
}

/** A broker that saw the agent go tells so, a moment later. */
function die(world: World, node: Node, awayMs?: number): void {
  const { random, time, clusters, workers, scenario } = world;
  const worker = workers.get(node.name);
  const session = worker?.process?.session();
  node.kill(awayMs);
  if (worker === undefined || session === undefined || !scenario.hasLastWills) return;
  const { id, cluster } = worker.machine;
  time.after(random.between(1, 1500), () => clusters.get(cluster)?.process?.agentLost(id, session));
}
