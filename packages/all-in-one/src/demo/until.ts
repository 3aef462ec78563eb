import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 100;

/** Looks until there is something. @throws after the limit, or when the signal is given */
export async function until<T>(
  signal: AbortSignal,
  limitMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs) throw new Error(`not done after ${limitMs / 1000} s`);
    await delay(POLL_MS, undefined, { signal });
  }
}

/** The process behind it runs, but its socket may open a moment later. */
export function fetchPage(url: string, signal: AbortSignal): Promise<string> {
  return until(signal, 20_000, async () => {
    const response = await fetch(url).catch(() => undefined);
    return response?.ok === true ? response.text() : undefined;
  });
}
