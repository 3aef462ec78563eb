/** What is known of the way to a worker. */
export interface RoundTrip {
  ms: number;
  /** Rounds in a row without an answer. */
  missed: number;
}

/** How much the latest round counts. */
const weight = 0.3;
/** After so many rounds without an answer the worker counts as not measured. */
export const missesToForget = 6;

/**
 * The smoothed round trip after another round.
 * @param shortestMs of the probes of this round: what is longer has waited somewhere; undefined: none was answered
 */
export function nextRoundTrip(
  before: RoundTrip | undefined,
  shortestMs: number | undefined,
): RoundTrip | undefined {
  if (shortestMs !== undefined) {
    const ms = before === undefined ? shortestMs : before.ms + (shortestMs - before.ms) * weight;
    return { ms, missed: 0 };
  }
  if (before === undefined || before.missed + 1 >= missesToForget) return undefined;
  return { ...before, missed: before.missed + 1 };
}
