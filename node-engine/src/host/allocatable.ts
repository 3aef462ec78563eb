import type { Allocatable } from "@oak/contracts";

/** What the machine has in all. */
export interface MachineTotals {
  cores: number;
  memoryMb: number;
  gpus: number;
  /** Free disk, MB. */
  diskFreeMb: number;
}

const reserveShare = 0.05;
const smallestReserveMb = 64;

/**
 * What workloads may take. Memory and disk keep a reserve for the system and this agent, since running out
 * of them kills. CPU keeps none: it is shared by time, and services ask for whole cores, so that a reserve
 * would cost a core.
 */
export function allocatableOf({ cores, memoryMb, gpus, diskFreeMb }: MachineTotals): Allocatable {
  return {
    vcpus: cores,
    memory: lessReserve(memoryMb),
    vgpus: gpus,
    storage: lessReserve(diskFreeMb),
  };
}

function lessReserve(totalMb: number): number {
  const reserveMb = Math.max(smallestReserveMb, totalMb * reserveShare);
  return Math.max(0, Math.floor(totalMb - reserveMb));
}
