import type { BackoffLimits } from "@oak/kit";
import type { BreakerLimits } from "../../domain/hooks/breaker.ts";

/** How long and how often; times in milliseconds. */
export interface HookLimits {
  mostHooks: number;
  /** One call, from the look-up of the name to the last byte. */
  timeoutMs: number;
  connectTimeoutMs: number;
  /**
   * All `pre_` hooks of one write together: less than the five seconds after which the managers give a request up.
   */
  budgetMs: number;
  /** Bytes of an answer to a `pre_` event, and to a notice. */
  mostAnswered: number;
  mostIgnored: number;
  /** What a worker says several times a second is told once in this time. */
  gatherMs: number;
  /** Waiting events of a hook. */
  mostPending: number;
  /** Calls of a hook at the same time. */
  atOnce: number;
  mostAttempts: number;
  retry: BackoffLimits;
  /** Older events are given up. */
  mostAgeMs: number;
  mostLogged: number;
  /** What is not told after this long goes to disk. */
  saveMs: number;
  breaker: BreakerLimits;
}

export const defaultHookLimits: HookLimits = {
  mostHooks: 100,
  timeoutMs: 3_000,
  connectTimeoutMs: 2_000,
  budgetMs: 4_000,
  mostAnswered: 1024 * 1024,
  mostIgnored: 64 * 1024,
  gatherMs: 5_000,
  mostPending: 1_000,
  atOnce: 4,
  mostAttempts: 8,
  retry: { baseMs: 1_000, maxMs: 60_000 },
  mostAgeMs: 24 * 60 * 60 * 1_000,
  mostLogged: 50,
  saveMs: 200,
  breaker: { failures: 5, baseMs: 15_000, maxMs: 300_000 },
};
