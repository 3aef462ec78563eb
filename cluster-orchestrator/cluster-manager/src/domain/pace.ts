/** Lets each thing happen once in a while, however often it is asked for. */
export interface Pace {
  /** Whether the thing of this name may happen now; if so, it counts as done. */
  isDue(name: string): boolean;
}

/** More names than this are looked through for those that are over. */
const MANY = 1000;

export function createPace(monotonicMs: () => number, pauseMs: number): Pace {
  const doneAtMs = new Map<string, number>();
  return {
    isDue: (name) => {
      const nowMs = monotonicMs();
      if (nowMs - (doneAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < pauseMs) return false;
      if (doneAtMs.size >= MANY) {
        for (const [other, atMs] of doneAtMs) if (nowMs - atMs >= pauseMs) doneAtMs.delete(other);
      }
      doneAtMs.set(name, nowMs);
      return true;
    },
  };
}
