import type { InstanceKey } from "@oak/contracts";
import { type ObservationOrder, observationStep } from "../domain/observation.ts";

/** What is known of the last stored report: null when there is none. */
export type KnownOrder = ObservationOrder | null;

/**
 * Where the last report about each instance stands, as this process last wrote or read it. It saves the read
 * before a write that is guarded by the same order; it can be behind, so nothing may rest on it alone.
 */
export interface OrderMemory {
  /** Undefined unless all of them are known. */
  recall(ids: readonly InstanceKey[]): ReadonlyMap<InstanceKey, KnownOrder> | undefined;
  /** What the database says. */
  learn(id: InstanceKey, order: KnownOrder): void;
  /** A report was stored; answers can overtake each other, so an older one changes nothing. */
  raise(id: InstanceKey, order: ObservationOrder): void;
  forget(id: InstanceKey): void;
}

/** About a hundred bytes each. */
const defaultCapacity = 20_000;

export function createOrderMemory(capacity = defaultCapacity): OrderMemory {
  /** the one learned longest ago comes first */
  const kept = new Map<InstanceKey, KnownOrder>();

  const learn = (id: InstanceKey, order: KnownOrder): void => {
    kept.delete(id);
    kept.set(id, order);
    for (const oldest of kept.keys()) {
      if (kept.size <= capacity) return;
      kept.delete(oldest);
    }
  };

  return {
    recall: (ids) => {
      const known = new Map<InstanceKey, KnownOrder>();
      for (const id of ids) {
        const order = kept.get(id);
        if (order === undefined) return undefined;
        known.set(id, order);
      }
      return known;
    },
    learn,
    raise: (id, { epoch, placement, session, seq }) => {
      const order = { epoch, placement, session, seq };
      const known = kept.get(id);
      if (known === undefined || observationStep(known, order) !== "stale") learn(id, order);
    },
    forget: (id) => {
      kept.delete(id);
    },
  };
}
