import type { Direction } from "./network.ts";
import type { Mishap } from "./scenario.ts";
import type { World } from "./world.ts";

/** Longer than an exclusive copy waits for its worker. */
const LONG_MS = [16_000, 28_000] as const;

const BOTH: readonly Direction[] = ["up", "down"];

/** What may befall the ways between the machines. */
export function createLinkMishaps(
  world: World,
): Pick<Record<Mishap, () => void>, "linkCut" | "longCut" | "flapping" | "stall" | "brokerOutage"> {
  const { random, time, clusters, workers, network } = world;
  const aLink = (): string => random.pick([...clusters.keys(), ...workers.keys()]);
  return {
    linkCut: () => {
      const link = aLink();
      // Half of all cuts swallow one direction only.
      const directions = random.pick<readonly Direction[]>([BOTH, BOTH, ["up"], ["down"]]);
      // Nobody notices those that swallow what is sent down, so they last.
      const isDeaf = directions.length === 1 && random.chance(0.5);
      const ms = isDeaf ? random.between(6000, 12_000) : outageMs(world);
      world.trace?.(`link of ${link} is cut`, { directions, ms });
      cutLink(world, link, directions);
      time.after(ms, () => healLink(world, link, directions));
    },
    longCut: () => {
      const link = aLink();
      const directions = random.pick<readonly Direction[]>([BOTH, ["up"], ["down"]]);
      const ms = random.between(...LONG_MS);
      world.trace?.(`link of ${link} is cut for long`, { directions, ms });
      cutLink(world, link, directions);
      time.after(ms, () => healLink(world, link, directions));
    },
    flapping: () => {
      const link = aLink();
      world.trace?.(`link of ${link} comes and goes`, {});
      let atMs = 0;
      for (let turn = random.between(2, 6); turn > 0; turn -= 1) {
        time.after(atMs, () => {
          if (world.isFaulty) cutLink(world, link, BOTH);
        });
        atMs += random.between(300, 3000);
        time.after(atMs, () => healLink(world, link, BOTH));
        atMs += random.between(100, 1500);
      }
    },
    stall: () => {
      const link = aLink();
      const directions = random.pick<readonly Direction[]>([BOTH, ["up"], ["down"]]);
      const ms = random.chance(0.3) ? random.between(6000, 12_000) : outageMs(world);
      world.trace?.(`link of ${link} stalls`, { directions, ms });
      for (const direction of directions) network.stall(link, direction);
      time.after(ms, () => {
        for (const direction of directions) network.goOn(link, direction);
      });
    },
    brokerOutage: () => {
      const cluster = random.pick([...clusters.values()]);
      const links = [...workers.values()].flatMap(({ machine }) =>
        machine.cluster === cluster.name ? [machine.id] : [],
      );
      world.trace?.(`broker of ${cluster.name} is down`, {});
      cluster.broker.upSinceMs = undefined;
      cluster.broker.downSinceMs = time.nowMs();
      for (const link of links) cutLink(world, link, BOTH);
      time.after(outageMs(world), () => {
        cluster.broker.upSinceMs ??= time.nowMs();
        for (const link of links) healLink(world, link, BOTH);
      });
    },
  };
}

/** Longer than silence is tolerated, or shorter. */
export function outageMs({ random }: World): number {
  return random.pick([random.between(200, 2000), random.between(3000, 8000)]);
}

export function cutLink({ network }: World, link: string, directions = BOTH): void {
  for (const direction of directions) network.cut[direction].add(link);
}

export function healLink(world: World, link: string, directions = BOTH): void {
  // What is written off stays off until it joins again.
  if (world.writtenOff.has(link)) return;
  for (const direction of directions) world.network.cut[direction].delete(link);
}
