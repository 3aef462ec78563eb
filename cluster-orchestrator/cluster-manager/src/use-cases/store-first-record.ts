import type { Instance } from "@oak/contracts";
import { planInstance } from "../domain/plan-instance.ts";
import type { AssignmentDeps } from "../ports.ts";
import { hasOrphan } from "./kick-with-orphans.ts";
import { place } from "./place-on-worker.ts";
import { contextOf } from "./reconcile-instance.ts";
import type { Orphan } from "./take-orphan.ts";

/**
 * Stores the first record of an instance.
 * @returns false when there is a record by now
 * @throws whatever the store throws
 */
export type StoreFirstRecord = (instance: Instance) => Promise<boolean>;

export interface FirstRecordDeps extends AssignmentDeps {
  /** copies that run although nobody here wanted them so far: those are adopted rather than placed again */
  orphans: ReadonlyMap<string, Orphan>;
}

/** How long wishes do without after a try that failed: a scheduler that hangs must not hold up the next ones. */
const PAUSE_MS = 60_000;

/**
 * The first record can say at once where the instance goes, which is one write less before it runs. Without
 * a place, or without a scheduler, it says just what is wanted, and the decisions that follow find the place.
 */
export function createStoreFirstRecord(deps: FirstRecordDeps): StoreFirstRecord {
  let pauseUntilMs = Number.NEGATIVE_INFINITY;

  const isToBePlaced = (instance: Instance): boolean =>
    deps.clock.monotonicMs() >= pauseUntilMs &&
    !hasOrphan(deps.orphans, instance._id) &&
    planInstance(instance, [], contextOf(deps, new Map(), instance)).do === "place";

  return async (instance) => {
    if (!isToBePlaced(instance)) return deps.book.write(undefined, instance);
    deps.onStep?.("place");
    try {
      return await place(deps, instance);
    } catch (err) {
      pauseUntilMs = deps.clock.monotonicMs() + PAUSE_MS;
      deps.log.debug({ instance: instance._id, err }, "an instance is stored without a place");
      return deps.book.write(undefined, instance);
    }
  };
}
