import type { Instance, InstanceKey, Observation } from "@oak/contracts";
import { mergedObservation } from "@oak/core";

/**
 * Instances of the placer's book as their store lists them. The book has the last report of each; the store has with it
 * what earlier ones of the same copy said and later ones left out, like the end of a log.
 */
export interface StoredInstances {
  /** Listens to the book, from before it is loaded. */
  changed(key: InstanceKey, before: Instance | undefined, after: Instance | undefined): void;
  /** Without charts, as in every list. */
  asStored(instance: Instance): Instance;
}

export function createStoredInstances(): StoredInstances {
  /** only where the last report left something out */
  const merged = new Map<InstanceKey, Observation>();
  return {
    changed: (key, before, after) => {
      const seen = after?.seen ?? null;
      if (seen === null) {
        merged.delete(key);
        return;
      }
      if (seen === before?.seen) return;
      const stored = mergedObservation(merged.get(key) ?? before?.seen ?? null, seen);
      if (Object.keys(stored).length > Object.keys(seen).length) merged.set(key, stored);
      else merged.delete(key);
    },
    asStored: (instance) => {
      const seen = merged.get(instance._id) ?? instance.seen;
      const isBare = instance.cpu_history.length + instance.memory_history.length === 0;
      if (isBare && seen === instance.seen) return instance;
      return { ...instance, seen, cpu_history: [], memory_history: [] };
    },
  };
}
