import type { Clock } from "@oak/kit";

/**
 * Whether a connection carries anything. A broker that is frozen keeps its connections, and from whoever is
 * heard through it there is then as little to hear as from the dead.
 */
export interface Hearing {
  /** A connection began. */
  begin(): void;
  /** It is over. */
  end(): void;
  /** Asks for a sign of life, unless a question is open already. */
  ask(send: () => void): void;
  /** The sign of life came. */
  answered(): void;
  /** Monotonic milliseconds since when it hears without a pause; undefined while it does not. */
  sinceMs(): number | undefined;
}

/** @param patienceMs how long an answer may take until what is heard does not count any more */
export function createHearing(clock: Pick<Clock, "monotonicMs">, patienceMs: number): Hearing {
  let sinceMs: number | undefined;
  let askedAtMs: number | undefined;
  const isDeaf = (): boolean =>
    askedAtMs !== undefined && clock.monotonicMs() - askedAtMs > patienceMs;

  return {
    begin: () => {
      sinceMs = clock.monotonicMs();
      askedAtMs = undefined;
    },
    end: () => {
      sinceMs = undefined;
    },
    ask: (send) => {
      if (sinceMs === undefined || askedAtMs !== undefined) return;
      askedAtMs = clock.monotonicMs();
      send();
    },
    answered: () => {
      // Those who were not heard for so long may need as long as after a new connection.
      if (isDeaf() && sinceMs !== undefined) sinceMs = clock.monotonicMs();
      askedAtMs = undefined;
    },
    sinceMs: () => (isDeaf() ? undefined : sinceMs),
  };
}
