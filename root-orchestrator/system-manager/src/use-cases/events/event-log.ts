import { EVENT_REASONS } from "@oak/core";
import { backoffDelay, type Clock, commonErrors, type Metrics } from "@oak/kit";
import type { Log } from "@oak/tier";
import { firstIdAt } from "../../domain/events/event-id.ts";
import type { EventQuery, StoredEvent } from "../../domain/events/event-query.ts";
import type { EventRange, EventStore } from "../../ports/event-store.ts";
import type { Events, NewEvent } from "../../ports/events.ts";
import { createEventFolder, type Folded, type UnnumberedEvent } from "./fold-events.ts";
import { createWriteProgress } from "./write-progress.ts";

export interface EventLimits {
  /** Events beyond this age are removed, seconds. */
  keepS: number;
  /** How many are kept. */
  keepCount: number;
  /** Events that wait to be stored; what comes beyond is dropped and counted. */
  waitingAtMost: number;
}

export const DEFAULT_EVENT_LIMITS: EventLimits = {
  keepS: 7 * 86_400,
  keepCount: 100_000,
  waitingAtMost: 5_000,
};

export interface EventLogDeps {
  store: EventStore;
  /** Whether it is worth trying. */
  isStoreReady(): boolean;
  clock: Clock;
  metrics: Metrics;
  log: Log;
  limits?: Partial<EventLimits>;
  random?: () => number;
}

/** Hears of each event once it is stored, in the order of ids. */
export type EventListener = (events: readonly StoredEvent[]) => void;

/** What has happened, for those who ask. Nothing runs while nothing happens. */
export interface EventLog extends Events {
  /** What was recorded before is among what is found. Rejects when the database is away. */
  find(query: EventQuery, range: EventRange): Promise<StoredEvent[]>;
  /** How many events above an id there are; undefined when that is more than is worth counting. */
  count(query: EventQuery, after: number): Promise<number | undefined>;
  /** Answers how to unsubscribe. */
  subscribe(listener: EventListener): () => void;
  start(): Promise<void>;
  /** Stores what waits, if the database takes it. */
  stop(): Promise<void>;
}

/** Long enough for what belongs together to share a write. */
const gatherMs = 100;
const batchSize = 500;
const retryPauses = { baseMs: 500, maxMs: 30_000 };
const sweepEveryMs = 60_000;
/** A removal changes several indexes for each, and holds up whoever shares the database's process. */
const sweptAtOnce = 100;
/** To count costs far more than to read a page. */
const countedAtMost = 10_000;

export function createEventLog(deps: EventLogDeps): EventLog {
  const { store, clock, log, random = Math.random } = deps;
  const limits = { ...DEFAULT_EVENT_LIMITS, ...deps.limits };
  const folder = createEventFolder();
  const listeners = new Set<EventListener>();
  const keeper = createKeeper({ store, clock, limits });
  const counters = createCounters(deps.metrics);
  const waiting: UnnumberedEvent[] = [];
  const progress = createWriteProgress();
  /** numbered, and not known to be stored */
  let unsure: Batch | undefined;
  let dropped = 0;
  let failures = 0;
  let isPrepared = false;
  let isStopped = false;
  let cancelTimer: (() => void) | undefined;
  let writing: Promise<void> | undefined;

  const prepare = async (): Promise<void> => {
    await store.prepare();
    folder.startAbove(await store.newestId());
    await keeper.load();
    isPrepared = true;
  };

  const add = (event: NewEvent): void => {
    waiting.push(unnumbered(event, clock.nowMs()));
    progress.recorded();
  };

  const nextBatch = (): Batch => {
    if (dropped > 0) {
      add(droppedEvent(dropped));
      dropped = 0;
    }
    const events = waiting.splice(0, batchSize);
    return { ...folder.fold(events, clock.nowMs()), size: events.length };
  };

  const writeAll = async (): Promise<void> => {
    if (!deps.isStoreReady()) throw commonErrors.unavailable("The database is not reachable");
    if (!isPrepared) await prepare();
    while (unsure !== undefined || waiting.length > 0 || dropped > 0) {
      const batch = unsure ?? nextBatch();
      unsure = batch;
      await store.append(batch.added);
      await store.repeat(batch.repeated);
      unsure = undefined;
      failures = 0;
      counters.stored(batch.added.length);
      for (const listener of listeners) listener(batch.added);
      progress.stored(batch.size);
      await keeper.added(batch.added.length);
    }
  };

  const later = (delayMs: number): void => {
    if (isStopped || cancelTimer !== undefined) return;
    cancelTimer = clock.setTimer(delayMs, () => {
      cancelTimer = undefined;
      flush().catch(() => undefined);
    });
  };

  const flush = (): Promise<void> => {
    if (writing !== undefined) return writing;
    cancelTimer?.();
    cancelTimer = undefined;
    writing = writeAll()
      .catch((err: unknown) => {
        progress.failed(err);
        if (failures === 0) log.warn({ err }, "events are stored later");
        later(backoffDelay({ attempt: failures, random, ...retryPauses }));
        failures += 1;
        throw err;
      })
      .finally(() => {
        writing = undefined;
        // Something came in after the last look.
        if (waiting.length > 0) later(gatherMs);
      });
    return writing;
  };

  /** Resolves when what was recorded until now is stored, whatever else comes in meanwhile. */
  const untilStored = (): Promise<void> => {
    const done = progress.caughtUp();
    if (progress.isWaitedFor()) flush().catch(() => undefined);
    return done;
  };
  const notTooOld = (after: number): number =>
    Math.max(after, firstIdAt(clock.nowMs() - limits.keepS * 1_000));

  return {
    record: (event) => {
      if (waiting.length >= limits.waitingAtMost) {
        dropped += 1;
        counters.dropped();
        return;
      }
      add(event);
      if (writing === undefined) later(gatherMs);
    },
    find: async (query, range) => {
      await untilStored();
      return store.find(query, { ...range, after: notTooOld(range.after ?? 0) });
    },
    count: async (query, after) => {
      await untilStored();
      const from = notTooOld(after);
      if (query.all.length === 0 && query.any === undefined && after < from) return store.count();
      const found = await store.countOf(query, { after: from, atMost: countedAtMost + 1 });
      return found > countedAtMost ? undefined : found;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: async () => {
      isStopped = false;
      if (waiting.length > 0) later(gatherMs);
    },
    stop: async () => {
      isStopped = true;
      cancelTimer?.();
      cancelTimer = undefined;
      await writing?.catch(() => undefined);
      if (waiting.length > 0 || unsure !== undefined) await flush().catch(() => undefined);
      isPrepared = false;
    },
  };
}

/** What is written at once; `size`: of how many events it was made. */
interface Batch extends Folded {
  size: number;
}

function unnumbered(event: NewEvent, nowMs: number): UnnumberedEvent {
  const { reason, message, about, owner, actor, at = nowMs / 1_000 } = event;
  const { type, level } = EVENT_REASONS[reason];
  return {
    at,
    type,
    level,
    reason,
    message,
    ...about,
    ...(actor === undefined ? {} : { actor }),
    ...(owner === undefined ? {} : ownership(owner)),
  };
}

function ownership({ owner, owner_id, organization_id }: NonNullable<NewEvent["owner"]>) {
  return {
    owner,
    ...(owner_id === undefined ? {} : { owner_id }),
    ...(organization_id === undefined ? {} : { organization_id }),
  };
}

function droppedEvent(count: number): NewEvent {
  const which = count === 1 ? "event was" : "events were";
  return {
    reason: "events_dropped",
    message: `${count} ${which} not stored: too many came at once`,
  };
}

function createCounters(metrics: Metrics) {
  const stored = metrics.counter({ name: "events_stored_total", help: "Events that were stored" });
  const dropped = metrics.counter({
    name: "events_dropped_total",
    help: "Events that were lost because too many waited to be stored",
  });
  return { stored: (count: number) => stored.inc(count), dropped: () => dropped.inc() };
}

interface KeeperDeps {
  store: EventStore;
  clock: Clock;
  limits: EventLimits;
}

/** Removes what is too old or too much: after writes, since without them nothing becomes more. */
function createKeeper({ store, clock, limits }: KeeperDeps) {
  let count = 0;
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  /** A little more than allowed, so that not each write removes something. */
  const slack = Math.ceil(limits.keepCount / 100);

  const remove = async (upTo: number, atMost: number): Promise<void> => {
    for (let left = atMost; left > 0; ) {
      const asked = Math.min(left, sweptAtOnce);
      const removed = await store.removeOldest(upTo, asked);
      count = Math.max(0, count - removed);
      if (removed < asked) return;
      left -= removed;
    }
  };

  return {
    load: async () => {
      count = await store.count();
    },
    added: async (more: number) => {
      count += more;
      if (count > limits.keepCount + slack) {
        await remove(Number.MAX_SAFE_INTEGER, count - limits.keepCount);
      }
      const nowMs = clock.monotonicMs();
      if (nowMs - sweptAtMs < sweepEveryMs) return;
      sweptAtMs = nowMs;
      await remove(firstIdAt(clock.nowMs() - limits.keepS * 1_000), Number.MAX_SAFE_INTEGER);
    },
  };
}
