/**
 * What this process knows of each child's want_rev: the highest number that was counted, and the numbers
 * that were counted for a change whose assignment is not stored yet. A cursor given to a child must stay
 * below the latter, or the child would believe that it has seen a change that it never got.
 */
export interface WantLedger {
  /** Takes the stored counter of a child, at start and at each registration. Never lowers it. */
  learn(child: string, wantRev: number): void;
  /**
   * Counts a change: `count` asks the child's document for the next number, which stays open until it is
   * closed. While the answer is under way the number is unknown, yet above what is known now.
   */
  open<T>(
    child: string,
    count: () => Promise<T>,
    numberOf: (answer: T) => number | undefined,
  ): Promise<T>;
  /** The assignment with that number is stored, or was given up. */
  close(child: string, wantRev: number): void;
  /** Everything up to this number is stored. */
  settled(child: string): number;
  /** The highest number that was given; a child that names a higher one has another database in mind. */
  counted(child: string): number;
  forget(child: string): void;
  /** Resolves true when a change was stored or the settled number moved, false when `signal` aborts. */
  changed(child: string, signal: AbortSignal): Promise<boolean>;
}

interface Entry {
  count: number;
  open: Set<number>;
  asked: Set<{ floor: number }>;
  waiters: Set<() => void>;
  /** the settled number when waiters were last told of one */
  told: number;
}

export function createWantLedger(): WantLedger {
  const entries = new Map<string, Entry>();
  const entryOf = (child: string): Entry => {
    const found = entries.get(child);
    if (found !== undefined) return found;
    const made: Entry = {
      count: 0,
      open: new Set(),
      asked: new Set(),
      waiters: new Set(),
      told: 0,
    };
    entries.set(child, made);
    return made;
  };
  const wake = (entry: Entry): void => {
    entry.told = settledOf(entry);
    const waiting = [...entry.waiters];
    entry.waiters.clear();
    for (const resume of waiting) resume();
  };
  /** A child that is woken for nothing asks again, just when its change is about to be stored. */
  const wakeIfSettled = (entry: Entry): void => {
    if (settledOf(entry) !== entry.told) wake(entry);
  };
  return {
    learn: (child, wantRev) => {
      const entry = entryOf(child);
      if (wantRev <= entry.count) return;
      entry.count = wantRev;
      wakeIfSettled(entry);
    },
    open: async (child, count, numberOf) => {
      const entry = entryOf(child);
      const asked = { floor: entry.count };
      entry.asked.add(asked);
      try {
        const answer = await count();
        const wantRev = numberOf(answer);
        if (wantRev !== undefined) {
          entry.open.add(wantRev);
          entry.count = Math.max(entry.count, wantRev);
        }
        return answer;
      } finally {
        entry.asked.delete(asked);
        wakeIfSettled(entry);
      }
    },
    close: (child, wantRev) => {
      const entry = entryOf(child);
      // Also when a lower number keeps it from being settled: this change can be told all the same.
      if (entry.open.delete(wantRev)) wake(entry);
    },
    settled: (child) => {
      const entry = entries.get(child);
      return entry === undefined ? 0 : settledOf(entry);
    },
    counted: (child) => entries.get(child)?.count ?? 0,
    forget: (child) => {
      const entry = entries.get(child);
      entries.delete(child);
      if (entry !== undefined) wake(entry);
    },
    changed: (child, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) {
          resolve(false);
          return;
        }
        const entry = entryOf(child);
        const resume = (): void => {
          signal.removeEventListener("abort", giveUp);
          resolve(true);
        };
        const giveUp = (): void => {
          entry.waiters.delete(resume);
          resolve(false);
        };
        entry.waiters.add(resume);
        signal.addEventListener("abort", giveUp, { once: true });
      }),
  };
}

function settledOf({ count, open, asked }: Entry): number {
  let settled = count;
  for (const wantRev of open) settled = Math.min(settled, wantRev - 1);
  for (const { floor } of asked) settled = Math.min(settled, floor);
  return settled;
}
