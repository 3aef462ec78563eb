import type { HookEvent } from "@oak/contracts";

/** An event that waits to be told to one hook. */
export interface Pending {
  id: string;
  hookId: string;
  event: HookEvent;
  entity: string;
  entityId: string;
  /** When it happened. */
  atMs: number;
  /** Not before; wall time, since it outlives the process. */
  dueMs: number;
  attempts: number;
  /** What a late `pre_update` asks about; absent: a notice. */
  data?: Record<string, unknown>;
  /** Whether it is on disk, or on its way there. */
  isStored?: boolean;
}

/**
 * What waits for one hook. Events of one entity keep their order; a notice says no more than that something happened, so
 * two equal ones in a row are one.
 */
export interface Outbox {
  /**
   * Answers what had to go to make room. What happens all the time, and so is not due at once, makes nobody go: when there
   * is no room it is left out, since it will happen again.
   */
  add(item: Pending): Added;
  /** The first that is due, none of whose entity is under way; it is under way from here on. */
  take(nowMs: number): Pending | undefined;
  /** It is told, or given up. */
  remove(item: Pending): void;
  /** It is under way no more, and waits until its `dueMs`. */
  putBack(item: Pending): void;
  /** When `take` may have something; undefined when all that is left is under way. */
  nextDueMs(): number | undefined;
  size(): number;
  all(): Pending[];
}

export interface Added {
  /** Not part of another one. */
  isNew: boolean;
  /** What waited for this entity is due sooner than it was. */
  isSooner: boolean;
  dropped?: Pending;
}

export function createOutbox({ most }: { most: number }): Outbox {
  const items = new Map<string, Pending>();
  const lastOf = new Map<string, Pending>();
  const underWay = new Set<string>();

  const remove = (item: Pending): void => {
    items.delete(item.id);
    underWay.delete(item.id);
    if (lastOf.get(item.entityId) === item) lastOf.delete(item.entityId);
  };

  const dropOldest = (): Pending | undefined => {
    for (const item of items.values()) {
      if (underWay.has(item.id)) continue;
      remove(item);
      return item;
    }
    return undefined;
  };

  /** The first of each entity that is not under way. */
  const heads = function* (): Generator<Pending> {
    const seen = new Set<string>();
    for (const item of items.values()) {
      if (seen.has(item.entityId)) continue;
      seen.add(item.entityId);
      if (!underWay.has(item.id)) yield item;
    }
  };

  return {
    add: (item) => {
      const last = lastOf.get(item.entityId);
      const isWaiting = last !== undefined && !underWay.has(last.id);
      const isSooner = isWaiting && hurry(last, item);
      if (isWaiting && last.event === item.event) {
        if (item.data !== undefined) last.data = { ...last.data, ...item.data };
        return { isNew: false, isSooner };
      }
      const isFull = items.size >= most;
      if (isFull && item.dueMs > item.atMs) return { isNew: false, isSooner };
      const dropped = isFull ? dropOldest() : undefined;
      items.set(item.id, item);
      lastOf.set(item.entityId, item);
      return { isNew: true, isSooner, ...(dropped === undefined ? {} : { dropped }) };
    },
    take: (nowMs) => {
      for (const item of heads()) {
        if (item.dueMs > nowMs) continue;
        underWay.add(item.id);
        return item;
      }
      return undefined;
    },
    remove,
    putBack: (item) => {
      underWay.delete(item.id);
    },
    nextDueMs: () => {
      let next: number | undefined;
      for (const { dueMs } of heads()) next = Math.min(next ?? dueMs, dueMs);
      return next;
    },
    size: () => items.size,
    all: () => [...items.values()],
  };
}

/** Their order is kept, so what is urgent takes along what would have had time; what failed has its pause. */
function hurry(waiting: Pending, { dueMs }: Pending): boolean {
  if (waiting.attempts > 0 || dueMs >= waiting.dueMs) return false;
  waiting.dueMs = dueMs;
  return true;
}
