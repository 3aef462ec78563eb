import type { Clock } from "@oak/kit";

/** Which documents changed after a cursor. `ids` is undefined when the cursor says nothing to us. */
export interface Changes {
  cursor: string;
  ids: readonly string[] | undefined;
}

export interface WaitOptions {
  timeoutMs: number;
  /** Ends the wait, for example because the client is gone. */
  signal: AbortSignal;
}

/**
 * Remembers which documents of one collection changed lately, never what they became: answers are
 * read from the database, so a reader gets the latest state however often it changed meanwhile.
 *
 * INVARIANTS
 * - `touch` comes after the write is in the database, `changesSince` before the state is read:
 *   a change is told twice at worst, never lost.
 * - Costs are O(1) a write and O(changes) a poll, whatever the size of the collection.
 */
export interface ChangeFeed {
  touch(id: string): void;
  changesSince(cursor: string): Changes;
  /** Resolves when there is something after `cursor`, at once if the cursor is unknown. Never rejects. */
  waitForChange(cursor: string, options: WaitOptions): Promise<void>;
}

export interface ChangeFeedOptions {
  /** Names this life of the feed: cursors of another one are unknown. */
  feedId: string;
  clock: Pick<Clock, "setTimer">;
  /** Changes that are remembered; whoever is further behind starts anew. */
  capacity?: number;
}

const defaultCapacity = 16_384;

export function createChangeFeed(options: ChangeFeedOptions): ChangeFeed {
  const { feedId, clock, capacity = defaultCapacity } = options;
  const ring: string[] = [];
  const waiting = new Set<() => void>();
  /** Number of the latest change; change `n` lies at `n % capacity`. */
  let latest = 0;

  const positionOf = (cursor: string): number | undefined => {
    const [id, digits = ""] = cursor.split(":");
    if (id !== feedId || !/^\d{1,15}$/.test(digits)) return undefined;
    const position = Number(digits);
    return position <= latest && latest - position <= capacity ? position : undefined;
  };

  const idsAfter = (position: number): string[] => {
    const ids = new Set<string>();
    for (let n = position + 1; n <= latest; n += 1) ids.add(ring[n % capacity] ?? "");
    return [...ids];
  };

  return {
    touch: (id) => {
      latest += 1;
      ring[latest % capacity] = id;
      const woken = [...waiting];
      waiting.clear();
      for (const wake of woken) wake();
    },
    changesSince: (cursor) => {
      const position = positionOf(cursor);
      return {
        cursor: `${feedId}:${latest}`,
        ids: position === undefined ? undefined : idsAfter(position),
      };
    },
    waitForChange: (cursor, { timeoutMs, signal }) =>
      new Promise((resolve) => {
        if (positionOf(cursor) !== latest || timeoutMs <= 0 || signal.aborted) {
          resolve();
          return;
        }
        const finish = (): void => {
          waiting.delete(finish);
          cancel();
          signal.removeEventListener("abort", finish);
          resolve();
        };
        const cancel = clock.setTimer(timeoutMs, finish);
        signal.addEventListener("abort", finish, { once: true });
        waiting.add(finish);
      }),
  };
}
