import type { Candidate, Instance } from "@oak/contracts";
import { pairOf } from "@oak/core";
import type { InstanceBook } from "./instance-book.ts";
import type { HoldStore } from "./ports.ts";

/** Younger holds may belong to an assignment that is being written (protocol rule 1). */
const GRACE_MS = 30_000;

export interface HoldSweepDeps {
  book: InstanceBook;
  holds: HoldStore;
  listCandidates(): Promise<Candidate[]>;
  monotonicMs(): number;
  /** whether this instance still takes room at this child by a hold */
  isNeeded(instance: Instance, child: string): boolean;
}

/**
 * Finds holds that nothing points to: what a crash between hold and assignment, or between release and
 * drop, leaves behind.
 * @returns one pass; call it every few seconds
 */
export function createHoldSweep(deps: HoldSweepDeps): () => Promise<void> {
  /** `<child> <key>` → when it was first seen without use, by our own monotonic clock */
  let suspects = new Map<string, number>();
  const isUsed = (key: string, child: string): boolean => {
    const instance = deps.book.get(key);
    return instance !== undefined && deps.isNeeded(instance, child);
  };
  return async () => {
    const nowMs = deps.monotonicMs();
    const seen = new Map<string, number>();
    for (const candidate of await deps.listCandidates()) {
      for (const [key, hold] of Object.entries(candidate.holds)) {
        if (isUsed(key, candidate._id)) continue;
        const name = `${candidate._id} ${key} ${hold.epoch} ${hold.placement}`;
        const sinceMs = suspects.get(name) ?? nowMs;
        if (nowMs - sinceMs < GRACE_MS) seen.set(name, sinceMs);
        else await deps.holds.drop(candidate._id, key, pairOf(hold));
      }
    }
    suspects = seen;
  };
}
