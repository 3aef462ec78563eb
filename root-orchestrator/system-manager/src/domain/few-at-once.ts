export interface FewAtOnceOptions {
  /** How many may wait; absent: any number. */
  mostWaiting?: number;
  /** Called for one more than may wait; throws what its caller is told. */
  onFull?: () => never;
}

/** Runs at most `limit` tasks at once; the others wait in the order in which they came. */
export function createFewAtOnce(
  limit: number,
  { mostWaiting = Number.POSITIVE_INFINITY, onFull }: FewAtOnceOptions = {},
): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;

  const enter = async (): Promise<void> => {
    if (running < limit) {
      running += 1;
      return;
    }
    if (waiting.length >= mostWaiting) onFull?.();
    // The one that leaves hands its place over, so `running` does not change for those who waited.
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };

  return async (task) => {
    await enter();
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
