/**
 * Pause before try number `attempt` (1 is the first retry): `baseS` doubled each time up to `maxS`.
 * @param spread 0..1 from the caller's source of randomness: 0.5 gives the plain figure, the ends ±20 %,
 *   so that a crowd of retries does not stay in step.
 * @returns seconds
 */
export function retryDelayS(attempt: number, baseS: number, maxS: number, spread = 0.5): number {
  const plain = Math.min(maxS, baseS * 2 ** Math.max(0, Math.min(attempt - 1, 30)));
  return plain * (0.8 + 0.4 * spread);
}
