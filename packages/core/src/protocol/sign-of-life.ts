/**
 * A connection may stall for longer than a worker may be silent: TCP waits twice as long after each packet
 * that is lost, while packets sent afresh would get through. These are the rules of the signs that a worker
 * then sends beside its connection. Times are monotonic milliseconds of whoever decides.
 */

/**
 * How long signs alone keep a worker from being lost, after its last word over the connection. Somebody who
 * lives and cannot be told anything for longer is as good as gone: nothing that is wanted of it comes about.
 */
export const SIGNS_ALONE_MS = 60_000;

/** When somebody was heard: in words, and in signs beside them. */
export interface WordAndSign {
  heardAtMs: number;
  /** undefined: no sign in this session */
  signAtMs?: number | undefined;
}

/** From when the silence of a worker counts. */
export function silentSinceMs({ heardAtMs, signAtMs = heardAtMs }: WordAndSign): number {
  return Math.max(heardAtMs, Math.min(signAtMs, heardAtMs + SIGNS_ALONE_MS));
}

export interface SignInput {
  nowMs: number;
  /** since when the connection owes an answer, or is gone; undefined: it answers */
  unansweredSinceMs: number | undefined;
  /** when the cluster answered the last sign */
  signHeardAtMs: number | undefined;
  patienceMs: number;
}

/** Whether a worker is to show now that it lives. */
export function isSignDue(input: SignInput): boolean {
  const { nowMs, unansweredSinceMs, signHeardAtMs, patienceMs } = input;
  if (unansweredSinceMs === undefined) return false;
  const unansweredMs = nowMs - unansweredSinceMs;
  if (unansweredMs < patienceMs || unansweredMs > SIGNS_ALONE_MS) return false;
  return signHeardAtMs === undefined || nowMs - signHeardAtMs >= patienceMs;
}

/** Of which half are left when a stall is noticed: at 20 % loss all of them are lost once in ten million stalls. */
const SIGNS_IN_TIMEOUT = 20;
/** Of the time after which silence is death: enough for a slow answer, and most of it is left for signs. */
const PATIENCE_SHARE = 0.2;

/** How a worker that is lost after `timeoutMs` shows that it lives. */
export function signTimes(timeoutMs: number): { patience_ms: number; every_ms: number } {
  return {
    patience_ms: Math.round(timeoutMs * PATIENCE_SHARE),
    every_ms: Math.round(timeoutMs / SIGNS_IN_TIMEOUT),
  };
}
