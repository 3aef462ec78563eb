import type { Instance } from "@oak/contracts";
import type { World } from "./world.ts";

/** Adds what is stored and what runs to the trace of a run. */
export function tellStory(world: World): void {
  const { trace } = world;
  if (trace === undefined) return;
  const disks = [world.rootDisk, ...[...world.clusters.values()].map(({ disk }) => disk)];
  for (const disk of disks) {
    disk.instances.onChange((key, before, after) => {
      if (after === undefined) trace(`${disk.name} forgets ${key}`, {});
      else if (before?.rev === after.rev) trace(`${disk.name} sees ${key}`, after.seen ?? {});
      else trace(`${disk.name} stores ${key}`, assignmentOf(after));
    });
    disk.candidates.onChange((id, before, after) => {
      if (before?.holds === after?.holds) return;
      const holds = Object.entries(after?.holds ?? {}).map(([key, hold]) => [key, hold.placement]);
      trace(`${disk.name} holds at ${id}`, Object.fromEntries(holds));
    });
    disk.jobs.onChange((id, _before, after) =>
      trace(`service ${id}`, { members: after?.members, deleted: after?.deleted }),
    );
  }
  for (const { machine } of world.workers.values()) {
    machine.containers.onChange((key, _before, after) =>
      trace(`${machine.id} container ${key}`, after ?? { isGone: true }),
    );
  }
}

function assignmentOf(instance: Instance): object {
  const { phase, child, epoch, placement, want_rev, fenced, reason, status, intent } = instance;
  return { phase, child, epoch, placement, want_rev, fenced, reason, status, intent };
}
