/** Leaves a receiver alone that only fails, and looks after it from time to time. */
export interface Breaker {
  /**
   * Whether it may be called now. While it is left alone that is true once for each pause, and whoever is told so has to
   * say how it went.
   */
  mayCall(nowMs: number): boolean;
  succeeded(): void;
  failed(nowMs: number): void;
  /** Since the last success. */
  failures(): number;
  /** When it may be called again; undefined while it is not left alone. */
  retryAtMs(): number | undefined;
}

export interface BreakerLimits {
  /** As many in a row make it pause. */
  failures: number;
  /** The first pause; it doubles with each failure after it. */
  baseMs: number;
  maxMs: number;
}

export function createBreaker({ failures: limit, baseMs, maxMs }: BreakerLimits): Breaker {
  let failures = 0;
  let retryAtMs: number | undefined;
  const pauseMs = (): number => Math.min(maxMs, baseMs * 2 ** Math.min(failures - limit, 30));
  return {
    mayCall: (nowMs) => {
      if (retryAtMs === undefined) return true;
      if (nowMs < retryAtMs) return false;
      retryAtMs = nowMs + pauseMs();
      return true;
    },
    succeeded: () => {
      failures = 0;
      retryAtMs = undefined;
    },
    failed: (nowMs) => {
      failures += 1;
      if (failures >= limit) retryAtMs = nowMs + pauseMs();
    },
    failures: () => failures,
    retryAtMs: () => retryAtMs,
  };
}
