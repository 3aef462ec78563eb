/**
 * Brakes on judging silence (protocol rule 9). Times are the judge's own monotonic milliseconds.
 */
export interface SilenceInput {
  nowMs: number;
  timeoutMs: number;
  /** time for everybody to reconnect after a restart of the judge or of its link */
  reconnectSpreadMs: number;
  startedAtMs: number;
  /** when the link through which children are heard came up; undefined while it is down */
  linkUpSinceMs: number | undefined;
  /** by how much the judge's own loop ran late */
  loopLateMs: number;
  /** children that are not yet declared lost, with the time of the last word from each */
  children: readonly { id: string; heardAtMs: number }[];
}

export type SilenceVerdict =
  | {
      braked:
        | "own_loop_late"
        | "just_started"
        | "link_down"
        | "link_young"
        | "crowd_returns"
        | "too_many_silent";
    }
  | { lost: string[] };

/**
 * Added for each child to the time in which all come back to a link that was down: what a registration costs.
 * Without it a crowd that returns one by one loses its last third as soon as two thirds are back. And as long as
 * it takes, registrations stand before the heartbeats of those who are back: they are not judged either.
 */
const RETURN_MS_EACH = 10;
const LATE_LIMIT_MS = 1000;
const MASS_SHARE = 0.3;
const MASS_MINIMUM = 3;

/** Who is declared lost now, or why nobody is judged. */
export function judgeSilence(input: SilenceInput): SilenceVerdict {
  const settleMs = input.timeoutMs + input.reconnectSpreadMs;
  if (input.loopLateMs > LATE_LIMIT_MS) return { braked: "own_loop_late" };
  if (input.nowMs - input.startedAtMs < settleMs) return { braked: "just_started" };
  if (input.linkUpSinceMs === undefined) return { braked: "link_down" };
  if (input.nowMs - input.linkUpSinceMs < settleMs) return { braked: "link_young" };
  const silent = input.children.filter((c) => input.nowMs - c.heardAtMs >= input.timeoutMs);
  if (silent.length >= MASS_MINIMUM && silent.length > input.children.length * MASS_SHARE) {
    return { braked: "too_many_silent" };
  }
  const linkUpSinceMs = input.linkUpSinceMs;
  const mayReturnForMs = settleMs + input.children.length * RETURN_MS_EACH;
  const isReturning =
    input.nowMs - linkUpSinceMs < mayReturnForMs &&
    input.children.some((c) => c.heardAtMs <= linkUpSinceMs);
  return isReturning ? { braked: "crowd_returns" } : { lost: silent.map((c) => c.id) };
}
