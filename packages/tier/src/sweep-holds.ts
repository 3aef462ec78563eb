import type { Candidate, Instance, Pair } from "@oak/contracts";
import { comparePairs, pairOf } from "@oak/core";
import type { InstanceBook } from "./instance-book.ts";
import type { HoldStore } from "./ports.ts";

/** Younger holds may belong to an assignment that is being written (protocol rule 1). */
const GRACE_MS = 30_000;

export interface HoldSweepDeps {
  book: InstanceBook;
  holds: HoldStore;
  listCandidates(): Promise<Candidate[]>;
  monotonicMs(): number;
  /** whether this instance still takes room at this child by a hold. `undefined`: there is no record of it */
  isNeeded(instance: Instance | undefined, child: string, key: string): boolean;
}

/**
 * Finds holds that nothing points to: what a crash between hold and assignment, or between release and
 * drop, leaves behind.
 * @returns one pass; call it every few seconds
 */
export function createHoldSweep(deps: HoldSweepDeps): () => Promise<void> {
  /** `<child> <key>` → when it was first seen without use, by our own monotonic clock */
  let suspects = new Map<string, number>();
  const isDue = (nowMs: number, name: string, seen: Map<string, number>): boolean => {
    const sinceMs = suspects.get(name) ?? nowMs;
    seen.set(name, sinceMs);
    return nowMs - sinceMs >= GRACE_MS;
  };
  return async () => {
    const nowMs = deps.monotonicMs();
    const seen = new Map<string, number>();
    for (const { _id: child, holds } of await deps.listCandidates()) {
      for (const [key, hold] of Object.entries(holds)) {
        const instance = deps.book.get(key);
        if (deps.isNeeded(instance, child, key)) continue;
        const name = `${child} ${key} ${hold.epoch} ${hold.placement}`;
        if (isOver(instance, hold) || isDue(nowMs, name, seen)) {
          await deps.holds.drop(child, key, pairOf(hold));
        }
      }
    }
    suspects = seen;
  };
}

/** The assignment that the hold was made for has been written, and takes no room by it any more. */
function isOver(instance: Instance | undefined, hold: Pair): boolean {
  return instance !== undefined && comparePairs(instance, hold) >= 0;
}
