/** How many events were recorded and stored, and who waits for that. */
export interface WriteProgress {
  recorded(): void;
  stored(count: number): void;
  /** Whoever waits hears of it. */
  failed(error: unknown): void;
  isWaitedFor(): boolean;
  /** Resolves when everything that is recorded now is stored; rejects when writing fails. */
  caughtUp(): Promise<void>;
}

interface Waiter {
  upTo: number;
  resolve(): void;
  reject(error: unknown): void;
}

export function createWriteProgress(): WriteProgress {
  let recordedCount = 0;
  let storedCount = 0;
  let waiters: Waiter[] = [];
  return {
    recorded: () => {
      recordedCount += 1;
    },
    stored: (count) => {
      storedCount += count;
      const served = waiters.filter(({ upTo }) => upTo <= storedCount);
      waiters = waiters.filter(({ upTo }) => upTo > storedCount);
      for (const { resolve } of served) resolve();
    },
    failed: (error) => {
      for (const { reject } of waiters.splice(0)) reject(error);
    },
    isWaitedFor: () => waiters.length > 0,
    caughtUp: () =>
      new Promise((resolve, reject) => {
        if (storedCount >= recordedCount) resolve();
        else waiters.push({ upTo: recordedCount, resolve, reject });
      }),
  };
}
