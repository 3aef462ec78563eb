/** Numbers that are free, the longest unused one first: packets that are still on their way find nobody for as long as possible. */
export interface SlotPool {
  /** undefined: all are taken. */
  take(): number | undefined;
  /** Takes this one; false when it is taken or none of the pool. */
  claim(index: number): boolean;
  /** Of one that is free already: nothing. */
  release(index: number): void;
}

/**
 * @param size numbers from 0
 * @param taken what a predecessor left; what it gave out last was probably the highest, so the numbers after that come first
 */
export function createSlotPool(size: number, taken: Iterable<number> = []): SlotPool {
  const first = Math.max(-1, ...taken) + 1;
  const free = new Set(Array.from({ length: size }, (_, n) => (first + n) % size));
  for (const index of taken) free.delete(index);
  return {
    take: () => {
      for (const index of free) {
        free.delete(index);
        return index;
      }
      return undefined;
    },
    claim: (index) => free.delete(index),
    release: (index) => {
      if (index >= 0 && index < size) free.add(index);
    },
  };
}
