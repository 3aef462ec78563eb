import type { Clock } from "./clock.ts";

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
 * - Whoever waits hears of a change `gatherMs` after it at the latest, and of all changes of that time at once.
 * - Costs are O(1) a write and O(changes) a poll, whatever the size of the collection.
 */
export interface ChangeFeed {
  touch(id: string): void;
  changesSince(cursor: string): Changes;
  /**
   * Resolves when there is something after `cursor` and nothing more is gathered, at once if the cursor is
   * unknown. Without a timeout it is no wait at all. Never rejects.
   */
  waitForChange(cursor: string, options: WaitOptions): Promise<void>;
}

export interface ChangeFeedOptions {
  /** Names this life of the feed: cursors of another one are unknown. */
  feedId: string;
  clock: Pick<Clock, "setTimer">;
  /**
   * How long a change may wait for others before those who follow are woken, milliseconds; 0: not at all.
   * A deployment is a burst of writes, and each answer costs all followers a request, a read and a new poll.
   */
  gatherMs?: number;
  /** Changes that are remembered; whoever is further behind starts anew. */
  capacity?: number;
}

const defaultCapacity = 16_384;

export function createChangeFeed(options: ChangeFeedOptions): ChangeFeed {
  const { feedId, clock, gatherMs = 0, capacity = defaultCapacity } = options;
  const ring: string[] = [];
  /** What ends each wait, and the change up to which that reader knows. */
  const waiting = new Map<() => void, number>();
  /** Number of the latest change; change `n` lies at `n % capacity`. */
  let latest = 0;
  let isGathering = false;

  const wakeOutdated = (): void => {
    isGathering = false;
    for (const [wake, position] of [...waiting]) if (position !== latest) wake();
  };

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
      if (gatherMs === 0) wakeOutdated();
      else if (!isGathering) {
        isGathering = true;
        clock.setTimer(gatherMs, wakeOutdated);
      }
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
        const position = positionOf(cursor);
        const hasNews = position !== latest && !isGathering;
        if (position === undefined || hasNews || timeoutMs <= 0 || signal.aborted) {
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
        waiting.set(finish, position);
      }),
  };
}
