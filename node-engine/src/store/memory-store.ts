import type { InstanceKey } from "@oak/contracts";
import type { InstanceStore } from "../ports.ts";
import type { InstanceRecord } from "./instance-record.ts";

/**
 * Keeps records in a map that the caller owns, so that it outlives the engine as a disk would. For tests
 * and simulations.
 */
export function createMemoryStore(disk: Map<InstanceKey, InstanceRecord>): InstanceStore {
  return {
    load: async () => ({ records: [...disk.values()], unreadable: [] }),
    save: async (record) => {
      disk.set(record.key, structuredClone(record));
    },
    remove: async (key) => {
      disk.delete(key);
    },
  };
}
