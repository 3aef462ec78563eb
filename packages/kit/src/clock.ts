/** Time as everything in a service sees it, so that tests can own it. */
export interface Clock {
  /** Wall time, milliseconds since the Unix epoch. For the wire and for logs; it can jump. */
  nowMs(): number;
  /** Milliseconds that only grow. Liveness, deadlines and durations are judged by this one. */
  monotonicMs(): number;
  /** Calls `fn` once after `ms` milliseconds; the returned function cancels, any number of times. */
  setTimer(ms: number, fn: () => void): () => void;
}

/** Node fires a timer beyond this at once, which would turn "very late" into "now". */
const longestTimerMs = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer: (ms, fn) => {
    const timer = setTimeout(fn, Math.min(Math.max(0, ms), longestTimerMs));
    return () => clearTimeout(timer);
  },
};

/** Waits `ms` milliseconds, or less when `signal` aborts; never rejects, so callers look at the signal. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.setTimer(ms, finish);
    signal?.addEventListener("abort", finish, { once: true });
  });
}
