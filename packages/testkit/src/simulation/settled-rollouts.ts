import { isUnderWay } from "@oak/core";
import { isListedCopy } from "./orphans.ts";
import type { World } from "./world.ts";

/** What is left to do until each update has come to an end, and all that runs of a service is the same. */
export function* openRollouts(world: World): Generator<string> {
  if (world.scenario.updates === undefined) return;
  for (const job of world.rootDisk.jobs.values()) {
    if (job.deleted) continue;
    const { rollout_state: rollout } = job;
    if (isUnderWay(rollout)) yield `a rollout of ${job._id} is ${rollout.state}`;
    const others = Object.keys(job.member_revisions ?? {});
    if (others.length > 0) yield `${job._id} has instances of other revisions: ${others}`;
    for (const number of job.members) yield* otherImages(world, `${job._id}/${number}`);
  }
}

function otherImages(world: World, key: string): string[] {
  const { image } = world.rootDisk.jobs.get(key.split("/", 1)[0] ?? "") ?? {};
  return [...world.workers.values()].flatMap(({ machine }) => {
    const container = machine.containers.get(key);
    const isOther = container !== undefined && container.image !== image;
    if (!isOther || isListedCopy(world, machine, key)) return [];
    return [`${key} runs ${container.image} on ${machine.id} in place of ${image}`];
  });
}
