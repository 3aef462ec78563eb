/** Lets a bounded number of things happen at once; the others wait in order. */
export interface Limiter {
  /** Runs `work` when there is room. @throws the reason of `signal` when it aborts the waiting. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createLimiter(most: number): Limiter {
  const waiting = new Set<() => void>();
  let running = 0;

  const enter = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const admit = (): void => {
        waiting.delete(admit);
        signal?.removeEventListener("abort", leave);
        running += 1;
        resolve();
      };
      const leave = (): void => {
        waiting.delete(admit);
        reject(signal?.reason);
      };
      if (running < most) {
        admit();
        return;
      }
      waiting.add(admit);
      signal?.addEventListener("abort", leave, { once: true });
    });

  return {
    run: async (work, signal) => {
      await enter(signal);
      try {
        return await work();
      } finally {
        running -= 1;
        const [next] = waiting;
        next?.();
      }
    },
  };
}
