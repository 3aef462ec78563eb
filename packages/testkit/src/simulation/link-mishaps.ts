import type { Direction } from "./network.ts";
import type { Mishap } from "./scenario.ts";
import type { World } from "./world.ts";

const BOTH: readonly Direction[] = ["up", "down"];

/** What may befall the ways between the machines. */
export function createLinkMishaps(
  world: World,
): Pick<Record<Mishap, () => void>, "linkCut" | "flapping" | "brokerOutage"> {
  const { random, time, clusters, workers } = world;
  const aLink = (): string => random.pick([...clusters.keys(), ...workers.keys()]);
  return {
    linkCut: () => {
      const link = aLink();
      // Half of all cuts swallow one direction only.
      const directions = random.pick<readonly Direction[]>([BOTH, BOTH, ["up"], ["down"]]);
      world.trace?.(`link of ${link} is cut`, { directions });
      cutLink(world, link, directions);
      time.after(outageMs(world), () => healLink(world, link, directions));
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
    brokerOutage: () => {
      const cluster = random.pick([...clusters.values()]);
      const links = [...workers.values()].flatMap(({ machine }) =>
        machine.cluster === cluster.name ? [machine.id] : [],
      );
      world.trace?.(`broker of ${cluster.name} is down`, {});
      cluster.broker.upSinceMs = undefined;
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
  return random.pick([random.between(200, 4000), random.between(5000, 12_000)]);
}

export function cutLink({ network }: World, link: string, directions = BOTH): void {
  for (const direction of directions) network.cut[direction].add(link);
}

export function healLink(world: World, link: string, directions = BOTH): void {
  // What is written off stays off until it joins again.
  if (world.writtenOff.has(link)) return;
  for (const direction of directions) world.network.cut[direction].delete(link);
}
