/** Tells changes of others from our own. */
export interface GenerationWatch {
  /** Runs a transaction of ours. */
  around<T>(action: () => T): T;
  /** Runs one that takes its time. */
  aroundLong<T>(action: () => Promise<T>): Promise<T>;
  watch(listener: () => void): () => void;
  stop(): void;
}

/**
 * nftables counts its transactions, in each namespace over all tables. A number that grew more than by our own is somebody
 * else's doing. That costs ten microseconds a look; being told of each change by the kernel would cost a message for each of a
 * hundred thousand elements of our own.
 *
 * @param readGeneration the number, which wraps at 2^32
 */
export const watchGeneration = (
  readGeneration: () => number,
  intervalMs: number,
): GenerationWatch => {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let seen = 0;
  let isForeign = false;
  let running = 0;
  let ownWhileRunning = 0;

  /** @param own how many transactions of ours there were at most; one that changes nothing is not counted by the kernel */
  const settle = (own: number): void => {
    const now = readGeneration();
    if ((now - seen) >>> 0 > own) isForeign = true;
    seen = now;
  };

  const look = (): void => {
    if (running === 0) settle(0);
    if (!isForeign) return;
    isForeign = false;
    for (const listener of listeners) listener();
  };

  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    around(action) {
      if (listeners.size === 0) return action();
      if (running > 0) {
        ownWhileRunning += 1;
        return action();
      }
      settle(0);
      try {
        return action();
      } finally {
        settle(1);
      }
    },
    async aroundLong(action) {
      if (running === 0) settle(0);
      running += 1;
      ownWhileRunning += 1;
      try {
        return await action();
      } finally {
        running -= 1;
        if (running === 0) {
          settle(ownWhileRunning);
          ownWhileRunning = 0;
        }
      }
    },
    watch(listener) {
      if (listeners.size === 0) {
        seen = readGeneration();
        isForeign = false;
        timer = setInterval(look, intervalMs).unref();
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
    stop() {
      listeners.clear();
      stop();
    },
  };
};
