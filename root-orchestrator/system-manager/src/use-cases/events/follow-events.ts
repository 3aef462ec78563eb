import type { Clock } from "@oak/kit";
import type { Caller } from "../../domain/caller.ts";
import {
  type EventFilter,
  type EventQuery,
  eventQuery,
  matchesQuery,
  type StoredEvent,
} from "../../domain/events/event-query.ts";
import { errors } from "../../errors.ts";
import { standingCheckMs } from "../watch-standing.ts";
import type { EventLog } from "./event-log.ts";

export interface FollowLimits {
  /** Streams of one user. */
  perCaller: number;
  total: number;
}

export interface FollowDeps {
  log: Pick<EventLog, "find" | "subscribe">;
  clock: Clock;
  limits?: Partial<FollowLimits>;
}

export interface FollowOrder {
  caller: Caller;
  filter: EventFilter;
  /** The last event that the follower has; undefined: whatever comes from now on. */
  after: number | undefined;
  /** Who asks, looked at again from time to time; undefined once the stream must end. */
  stillAllowed(): Promise<Caller | undefined>;
  signal: AbortSignal;
}

/** Events, or nothing when there were none for a while. */
export type Batch = readonly StoredEvent[];

export interface Following {
  /**
   * Events with growing ids, in batches; an empty batch says that nothing happened. Ends when `signal` aborts or the
   * caller may not see them any more. Whoever takes them slowly gets them later, from the store: nothing piles up here.
   */
  batches: AsyncGenerator<Batch, void, void>;
  /** To be called in any case, also when no batch was ever asked for. */
  end(): void;
}

export interface Followers {
  /** @throws AppError too_many_followers */
  follow(order: FollowOrder): Following;
  count(): number;
}

const defaultLimits: FollowLimits = { perCaller: 10, total: 500 };
/** What waits for a follower in memory; more is read from the store again. */
const waitingAtMost = 200;
const readAtOnce = 200;

export function createFollowers({ log, clock, limits: given }: FollowDeps): Followers {
  const limits = { ...defaultLimits, ...given };
  const open = new Map<string, number>();
  let total = 0;

  const take = (name: string): void => {
    const own = open.get(name) ?? 0;
    if (own >= limits.perCaller) {
      throw errors.too_many_followers(`You follow events ${own} times already`);
    }
    if (total >= limits.total) {
      throw errors.too_many_followers("As many follow events as can be served");
    }
    open.set(name, own + 1);
    total += 1;
  };
  const giveBack = (name: string): void => {
    const own = (open.get(name) ?? 1) - 1;
    if (own === 0) open.delete(name);
    else open.set(name, own);
    total -= 1;
  };

  return {
    count: () => total,
    follow: (order) => {
      const { name } = order.caller;
      take(name);
      const inbox = createInbox(log, eventQuery(order.filter, order.caller), order.after);
      let isOver = false;
      return {
        batches: stream(inbox, order, clock),
        end: () => {
          if (isOver) return;
          isOver = true;
          inbox.close();
          giveBack(name);
        },
      };
    },
  };
}

async function* stream(
  inbox: Inbox,
  order: FollowOrder,
  clock: Clock,
): AsyncGenerator<Batch, void, void> {
  let askedAtMs = clock.monotonicMs();
  while (!order.signal.aborted) {
    if (clock.monotonicMs() - askedAtMs >= standingCheckMs) {
      const caller = await order.stillAllowed();
      if (caller === undefined) return;
      inbox.narrow(eventQuery(order.filter, caller));
      askedAtMs = clock.monotonicMs();
    }
    const batch = await inbox.take();
    if (batch.length > 0) {
      yield batch;
      continue;
    }
    // Not beyond the next look at the caller: what happens meanwhile must not put that off.
    const isFilled = await inbox.filled(askedAtMs + standingCheckMs, {
      clock,
      signal: order.signal,
    });
    // Proxies end what is silent for a minute.
    if (!isFilled) yield [];
  }
}

interface Inbox {
  take(): Promise<Batch>;
  /** Resolves true when there may be something to take, false at that moment of the clock, or at the end. */
  filled(untilMs: number, ends: { clock: Clock; signal: AbortSignal }): Promise<boolean>;
  narrow(query: EventQuery): void;
  close(): void;
}

/** What a follower has still to get: read from the store first, then as it comes. */
function createInbox(log: FollowDeps["log"], first: EventQuery, after: number | undefined): Inbox {
  let query = first;
  let waiting: StoredEvent[] = [];
  /** Up to here everything was given out; undefined: from now on, whatever comes first. */
  let lastId = after;
  /** The store has events after `lastId` that are not in `waiting`, or may have. */
  let isBehind = after !== undefined;
  let wake = (): void => undefined;
  const close = log.subscribe((events) => {
    // All of it will be read.
    if (isBehind) return;
    const matching = events.filter((event) => matchesQuery(query, event));
    const [next] = matching;
    if (next === undefined) return;
    if (waiting.length + matching.length > waitingAtMost) {
      lastId ??= (waiting[0] ?? next).id - 1;
      waiting = [];
      isBehind = true;
    } else {
      waiting.push(...matching);
    }
    wake();
  });

  const readStored = async (): Promise<Batch> => {
    // From now on what is new is kept again: it comes after what is read, or is among it.
    isBehind = false;
    waiting = [];
    let stored: StoredEvent[];
    try {
      stored = await log.find(query, { after: lastId ?? 0, order: "oldest", limit: readAtOnce });
    } catch (error) {
      isBehind = true;
      throw error;
    }
    if (stored.length === readAtOnce) {
      isBehind = true;
      waiting = [];
    }
    if (stored.length === 0 && lastId !== undefined) await comeDown(lastId);
    return stored;
  };

  /** An id above all that there are would keep everything back that is still to come. */
  const comeDown = async (from: number): Promise<void> => {
    const [newest] = await log.find({ all: [] }, { order: "newest", limit: 1 });
    const [next] = waiting;
    lastId = Math.min(from, next === undefined ? (newest?.id ?? 0) : next.id - 1);
  };

  return {
    narrow: (changed) => {
      query = changed;
    },
    close,
    take: async () => {
      const found = isBehind ? await readStored() : waiting.splice(0);
      const from = lastId ?? 0;
      const newest = found.at(-1);
      if (newest !== undefined) lastId = Math.max(from, newest.id);
      // What was read may have come in meanwhile, too; and what the caller may see may have changed.
      return found.filter((event) => event.id > from && matchesQuery(query, event));
    },
    filled: (untilMs, { clock, signal }) =>
      new Promise((resolve) => {
        if (waiting.length > 0 || isBehind || signal.aborted) {
          resolve(!signal.aborted);
          return;
        }
        const end = (isFilled: boolean): void => {
          cancel();
          signal.removeEventListener("abort", giveUp);
          wake = () => undefined;
          resolve(isFilled);
        };
        const giveUp = (): void => end(false);
        const cancel = clock.setTimer(untilMs - clock.monotonicMs(), giveUp);
        signal.addEventListener("abort", giveUp, { once: true });
        wake = () => end(true);
      }),
  };
}
