/** How pauses grow: doubling from `baseMs`, never above `maxMs`. */
export interface BackoffLimits {
  baseMs: number;
  maxMs: number;
}

/** The pause in milliseconds before try number `attempt` (0 = the first repeat), without chance. */
export function backoffCeiling({
  attempt,
  baseMs,
  maxMs,
}: BackoffLimits & { attempt: number }): number {
  // 2 ** 1024 is Infinity and Infinity * 0 is NaN: a bounded exponent keeps every input a number.
  const exponent = Math.min(Math.max(0, Math.floor(attempt)), 52);
  return Math.min(maxMs, baseMs * 2 ** exponent);
}

/**
 * Full jitter: anywhere from 0 to the ceiling, so that many clients that failed together do not come
 * back together. `random` answers numbers in [0, 1).
 */
export function backoffDelay(
  options: BackoffLimits & { attempt: number; random: () => number },
): number {
  return options.random() * backoffCeiling(options);
}
