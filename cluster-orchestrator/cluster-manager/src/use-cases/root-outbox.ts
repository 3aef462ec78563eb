import type { InstanceKey } from "@oak/contracts";
import type { InstanceBook } from "@oak/tier";
import { isMilestone } from "../domain/milestone.ts";

/**
 * Which instances the root has not heard of in their latest state. It holds keys, never messages: what is
 * sent is the state at the time of sending, so nothing grows while the root is away.
 */
export interface RootOutbox {
  /** everything is to be told again (a new session, or the root asked) */
  markAll(): void;
  /** What to send now; `isFull` when it is everything. */
  take(): { keys: InstanceKey[]; isFull: boolean };
  /** The root has stored what was taken. */
  acknowledged(keys: readonly InstanceKey[]): void;
  /** It has not, or nobody knows: send again. */
  failed(keys: readonly InstanceKey[], isFull: boolean): void;
  /** Whether the root has stored the latest state of this instance. */
  isAcknowledged(key: InstanceKey): boolean;
  hasWork(): boolean;
  onWork(listener: WorkListener): void;
}

/** @param isMilestone somebody waits for this; otherwise it is a step on the way that may wait for the next */
export type WorkListener = (isMilestone: boolean) => void;

export function createRootOutbox(book: InstanceBook): RootOutbox {
  const dirty = new Set<InstanceKey>();
  const told = new Set<InstanceKey>();
  const listeners: WorkListener[] = [];
  let isFullDue = true;
  const wake = (isMilestone: boolean): void => {
    for (const listener of listeners) listener(isMilestone);
  };
  book.onChange((key, before, after) => {
    told.delete(key);
    if (after === undefined) {
      dirty.delete(key);
      return;
    }
    dirty.add(key);
    wake(isMilestone(before, after));
  });
  return {
    markAll: () => {
      isFullDue = true;
      told.clear();
      wake(true);
    },
    take: () => {
      const isFull = isFullDue;
      isFullDue = false;
      const keys = isFull ? [...book.all()].map((instance) => instance._id) : [...dirty];
      dirty.clear();
      return { keys, isFull };
    },
    acknowledged: (keys) => {
      for (const key of keys) {
        // Changed again while the report was under way: the next one tells it.
        if (!dirty.has(key) && book.get(key) !== undefined) told.add(key);
      }
    },
    failed: (keys, isFull) => {
      if (isFull) isFullDue = true;
      for (const key of keys) {
        if (book.get(key) !== undefined) dirty.add(key);
      }
    },
    isAcknowledged: (key) => told.has(key) && !dirty.has(key),
    hasWork: () => isFullDue || dirty.size > 0,
    onWork: (listener) => {
      listeners.push(listener);
    },
  };
}
