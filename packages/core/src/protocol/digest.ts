import type { Pair } from "@oak/contracts";

export interface DigestEntry extends Pair {
  key: string;
  status: string;
}

/**
 * Digest of what a child holds (or what its parent believes that it holds): 16 hex characters,
 * independent of order. Equal sets have equal digests; unequal ones differ with all but 2^-64 of luck,
 * and a wrong "equal" only delays a repair until the next change.
 */
export function digestOf(entries: Iterable<DigestEntry>): string {
  let high = 0;
  let low = 0;
  for (const entry of entries) {
    const text = `${entry.key} ${entry.epoch} ${entry.placement} ${entry.status}`;
    high = (high + hash(text, 0x811c9dc5)) >>> 0;
    low = (low + hash(text, 0x9747b28c)) >>> 0;
  }
  return hex(high) + hex(low);
}

/** FNV-1a with a final mix, 32 bits. */
function hash(text: string, seed: number): number {
  let state = seed;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  state = Math.imul(state ^ (state >>> 15), 0x85ebca6b);
  return (state ^ (state >>> 13)) >>> 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
