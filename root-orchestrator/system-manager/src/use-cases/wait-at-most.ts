import type { Clock } from "@oak/kit";

/**
 * Runs a wait with a signal of its own, which aborts with `signal`, after `limitMs` or when it is over. By hand: with Node 20
 * a signal of `AbortSignal.any` may be collected as garbage while it is waited for, and then never aborts.
 */
export async function waitAtMost<T>(
  { limitMs, signal, clock }: { limitMs: number; signal: AbortSignal; clock: Clock },
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limited = new AbortController();
  const end = (): void => limited.abort();
  const cancel = clock.setTimer(limitMs, end);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    return await wait(limited.signal);
  } finally {
    cancel();
    // Of several waits one has ended; the others need not go on.
    end();
    signal.removeEventListener("abort", end);
  }
}
