import type { Shelf } from "./shelf.ts";
import type { World } from "./world.ts";

/**
 * Digest of every change of anything that is stored or runs, with its time. Two runs with the same
 * fingerprint took the same course.
 */
export function createFingerprint(world: World): () => string {
  const digest = createDigest();
  const follow = (shelf: Shelf<unknown>): void =>
    shelf.onChange((key, _before, after) => {
      digest.number(world.time.nowMs());
      digest.text(key);
      digest.value(after);
    });
  const disks = [world.rootDisk, ...[...world.clusters.values()].map(({ disk }) => disk)];
  for (const { instances, candidates, jobs, notes } of disks) {
    for (const shelf of [instances, candidates, jobs, notes]) follow(shelf as Shelf<unknown>);
  }
  for (const { machine } of world.workers.values()) {
    for (const shelf of [machine.records, machine.notes, machine.containers]) {
      follow(shelf as Shelf<unknown>);
    }
  }
  return digest.read;
}

/** Two running FNV-1a hashes over plain data; quicker than over its JSON. */
function createDigest() {
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  const word = (bits: number): void => {
    high = Math.imul(high ^ bits, 0x01000193);
    low = Math.imul(low ^ bits, 0x85ebca6b);
  };
  const number = (value: number): void => {
    word(value | 0);
    // Times are fractions, and counters of a renewed tier are large.
    word(((value % 1) * 0x7fffffff) | 0);
  };
  const text = (value: string): void => {
    for (let index = 0; index < value.length; index += 1) word(value.charCodeAt(index));
  };
  const value = (part: unknown): void => {
    if (typeof part === "number") number(part);
    else if (typeof part === "string") text(part);
    else if (typeof part !== "object" || part === null) word(part === true ? 1 : 2);
    else for (const key in part) value((part as Record<string, unknown>)[key]);
  };
  const read = (): string => hex(high) + hex(low);
  return { number, text, value, read };
}

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
