import type { Shelf } from "./shelf.ts";
import type { World } from "./world.ts";

/**
 * Digest of every change of anything that is stored or runs, with its time. Two runs with the same
 * fingerprint took the same course.
 */
export function createFingerprint(world: World): () => string {
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  const mix = (text: string): void => {
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code, 0x85ebca6b);
    }
  };
  const follow = (shelf: Shelf<unknown>, name: string): void =>
    shelf.onChange((key, _before, after) =>
      mix(`${world.time.nowMs()} ${name} ${key} ${JSON.stringify(after)}`),
    );
  const disks = [world.rootDisk, ...[...world.clusters.values()].map(({ disk }) => disk)];
  for (const { name, instances, candidates, jobs, notes } of disks) {
    for (const shelf of [instances, candidates, jobs, notes]) follow(shelf as Shelf<unknown>, name);
  }
  for (const { machine } of world.workers.values()) {
    for (const shelf of [machine.records, machine.notes, machine.containers]) {
      follow(shelf as Shelf<unknown>, machine.id);
    }
  }
  return () => hex(high) + hex(low);
}

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
