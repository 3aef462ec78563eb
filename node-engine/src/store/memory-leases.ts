import type { Lease } from "../domain/lease-book.ts";
import type { LeaseStore } from "../ports.ts";

/** Keeps leases for as long as the machine does not boot. For tests and simulations. */
export function createMemoryLeases(): LeaseStore {
  let kept: readonly Lease[] = [];
  return {
    load: async () => [...kept],
    save: async (leases) => {
      kept = leases;
    },
  };
}
