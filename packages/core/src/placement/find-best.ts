import type { Rows } from "./candidate-table.ts";
import { at, type Columns } from "./columns.ts";
import type { Demand } from "./demand.ts";
import { FITS, type Tally } from "./refusal-reasons.ts";
import { mixHash } from "./stable-hash.ts";
import type { Amounts } from "./units.ts";

/** Judges one slot: {@link FITS} or the code of a reason. */
export type RefusalOf = (rows: Rows, slot: number, demand: Demand) => number;

export interface Scan {
  rows: Rows;
  demand: Demand;
  /** what constraints leave over; undefined: everything */
  slots: readonly number[] | undefined;
  refusalOf: RefusalOf;
  /** counts what is refused */
  tally: Tally;
}

export interface Found {
  slot: number;
  /** 0 to 1, higher is better */
  score: number;
}

/** Leftovers are compared in whole percent, so that machines that are nearly alike count as equal. */
const STEPS_PER_SHARE = 100;
/** CPU, memory and GPUs each leave a share of at most 1. */
const MOST_LEFTOVER = 3 * STEPS_PER_SHARE;

/**
 * The slot that fits best: least left over, then spread. One pass; what it decides does not depend on
 * the order of the slots.
 */
export function findBest({ rows, demand, slots, refusalOf, tally }: Scan): Found | undefined {
  const { columns } = rows;
  const length = slots?.length ?? rows.length;
  let best = -1;
  let bestLeftover = Number.POSITIVE_INFINITY;
  for (let index = 0; index < length; index += 1) {
    const slot = slots === undefined ? index : (slots[index] ?? 0);
    const refusal = refusalOf(rows, slot, demand);
    if (refusal !== FITS) {
      tally.add(refusal);
      continue;
    }
    const leftover = leftoverOf(columns, slot, demand.amounts);
    if (leftover > bestLeftover) continue;
    if (leftover < bestLeftover || spreadsBetter(rows, demand, slot, best)) {
      best = slot;
      bestLeftover = leftover;
    }
  }
  return best < 0 ? undefined : { slot: best, score: scoreOf(bestLeftover) };
}

/** The score of a slot that fits. */
export function scoreOfSlot({ columns }: Rows, slot: number, { amounts }: Demand): number {
  return scoreOf(leftoverOf(columns, slot, amounts));
}

/** A cluster whose shapes exceed what it calls allocatable would leave the range otherwise. */
function scoreOf(leftover: number): number {
  return 1 - Math.min(MOST_LEFTOVER, Math.max(0, leftover)) / MOST_LEFTOVER;
}

/**
 * What would stay unused, in percent of the candidate's own size, summed over what is asked for. GPUs
 * count even if none is asked for, which keeps machines that have some free for services that need them.
 * A service without CPU and memory demands leaves nothing to compare, so it is spread.
 */
function leftoverOf(columns: Columns, slot: number, need: Amounts): number {
  let share = 0;
  if (need.vcpus > 0) {
    share += (at(columns.vcpus, slot) - need.vcpus) * at(columns.perVcpu, slot);
  }
  if (need.memory > 0) {
    share += (at(columns.memory, slot) - need.memory) * at(columns.perMemory, slot);
  }
  const perVgpu = at(columns.perVgpu, slot);
  if (perVgpu > 0) share += (at(columns.vgpus, slot) - need.vgpus) * perVgpu;
  return Math.floor(share * STEPS_PER_SHARE + 0.5);
}

/** Among equals: fewest of the same service, fewest in all, least load, then by hash. */
function spreadsBetter(rows: Rows, demand: Demand, slot: number, best: number): boolean {
  const { columns } = rows;
  const { holders, salt } = demand;
  const difference =
    (holders === undefined ? 0 : (holders.get(slot) ?? 0) - (holders.get(best) ?? 0)) ||
    at(columns.holds, slot) - at(columns.holds, best) ||
    at(columns.load, slot) - at(columns.load, best) ||
    mixHash(at(columns.hash, slot) ^ salt) - mixHash(at(columns.hash, best) ^ salt);
  if (difference !== 0) return difference < 0;
  // Two ids of one hash: any fixed order will do.
  return (rows.entryAt(slot)?.id ?? "") < (rows.entryAt(best)?.id ?? "");
}
