import type { Allocatable, Resources } from "@oak/contracts";

/** Share of the memory that stays with the machine itself, and the least of it in MB. */
const RESERVE_SHARE = 0.05;
const RESERVE_MB = 64;

/**
 * What a worker can give in all. Newer workers say so themselves. For older ones the total memory follows
 * from what is available and the percentage in use, less a reserve of 5 % and at least 64 MB; all
 * cores are allocatable, and free disk is not known (0).
 */
export function allocatableOf(
  registration: Resources & { allocatable?: Allocatable | undefined },
): Allocatable {
  if (registration.allocatable !== undefined) return registration.allocatable;
  const total = totalMemory(registration.memory ?? 0, registration.memory_percent ?? 0);
  const reserve = Math.max(RESERVE_MB, total * RESERVE_SHARE);
  return {
    vcpus: Math.max(0, registration.vcpus ?? 0),
    memory: Math.max(0, Math.floor(total - reserve)),
    vgpus: Math.max(0, registration.vgpus ?? 0),
    storage: 0,
  };
}

function totalMemory(available: number, usedPercent: number): number {
  const freeShare = 1 - usedPercent / 100;
  return freeShare > 0 ? available / freeShare : available;
}
