/**
 * Runs one decision at a time for each key, again and again until it rests. Hints are coalesced; facts
 * that are stored nowhere (evidence) are handed to the next run, once.
 */
export interface Reconciler<Evidence> {
  /** Runs `key` soon; a run that is under way is followed by exactly one more. */
  kick(key: string, evidence?: Evidence): void;
  /** Starts what has become due; call it every few hundred milliseconds. */
  tick(): void;
  /** Resolves when nothing runs and nothing is queued (what rests until a time does not count). */
  idle(): Promise<void>;
  stop(): Promise<void>;
  size(): { queued: number; running: number; waiting: number };
}

export interface ReconcilerOptions<Evidence> {
  /**
   * One decision and its effects.
   * @returns monotonic milliseconds when to look again without a hint, or undefined: only when kicked.
   */
  run(key: string, evidence: Evidence[]): Promise<number | undefined>;
  onError(key: string, error: unknown): void;
  monotonicMs(): number;
  /** pause after a run that threw */
  retryMs?: number;
  /** how many keys run at once */
  concurrency?: number;
}

export function createReconciler<Evidence>(
  options: ReconcilerOptions<Evidence>,
): Reconciler<Evidence> {
  const { concurrency = 32, retryMs = 1000 } = options;
  const queue = new Set<string>();
  const running = new Set<string>();
  const due = new Map<string, number>();
  const pending = new Map<string, Evidence[]>();
  let idlers: (() => void)[] = [];
  let isStopped = false;

  const pump = (): void => {
    for (const key of queue) {
      if (running.size >= concurrency || isStopped) return;
      if (running.has(key)) continue;
      queue.delete(key);
      due.delete(key);
      running.add(key);
      void execute(key);
    }
  };

  const execute = async (key: string): Promise<void> => {
    const evidence = pending.get(key) ?? [];
    pending.delete(key);
    try {
      const nextMs = await options.run(key, evidence);
      if (nextMs !== undefined) due.set(key, nextMs);
    } catch (error) {
      // The evidence was not used: a fact that is stored nowhere must not be lost to a failed write.
      pending.set(key, [...evidence, ...(pending.get(key) ?? [])]);
      due.set(key, options.monotonicMs() + retryMs);
      options.onError(key, error);
    } finally {
      running.delete(key);
      pump();
      if (running.size === 0 && (queue.size === 0 || isStopped)) {
        const waiting = idlers;
        idlers = [];
        for (const resolve of waiting) resolve();
      }
    }
  };

  const idle = (): Promise<void> =>
    running.size === 0 && (queue.size === 0 || isStopped)
      ? Promise.resolve()
      : new Promise((resolve) => idlers.push(resolve));

  return {
    kick: (key, evidence) => {
      if (isStopped) return;
      if (evidence !== undefined) pending.set(key, [...(pending.get(key) ?? []), evidence]);
      queue.add(key);
      pump();
    },
    tick: () => {
      const now = options.monotonicMs();
      for (const [key, at] of due) if (at <= now) queue.add(key);
      pump();
    },
    idle,
    stop: () => {
      isStopped = true;
      return idle();
    },
    size: () => ({ queued: queue.size, running: running.size, waiting: due.size }),
  };
}
