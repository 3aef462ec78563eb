import type { RefusalStatus } from "@oak/contracts";
import type { Rows } from "./candidate-table.ts";
import { at } from "./columns.ts";
import type { Demand } from "./demand.ts";
import type { Found, RefusalOf } from "./find-best.ts";
import { CODE, FITS, NOBODY, type RefusalReason, type Refusals } from "./refusal-reasons.ts";

/** A proposal, or why there is none. */
export type Placement =
  | {
      ok: true;
      /** id of the candidate */
      candidate: string;
      /** 0 to 1, higher is better */
      score: number;
    }
  | {
      ok: false;
      status: RefusalStatus;
      /** one sentence for people */
      detail: string;
      /** adds up to the number of candidates */
      refusals: Refusals;
    };

/** What one decision looks at. */
export interface View {
  rows: Rows;
  demand: Demand;
  /** what constraints leave over; undefined: everything */
  slots: readonly number[] | undefined;
}

/** The most that a refused candidate has of what it lacks. */
export interface Largest {
  units: number;
  name: string;
}

export function placed(rows: Rows, { slot, score }: Found): Placement {
  return { ok: true, candidate: rows.entryAt(slot)?.id ?? "", score };
}

/** Slots of the candidates that have one of these names; two hosts may share one. */
export function slotsNamed(rows: Rows, names: ReadonlySet<string>): number[] {
  return [...names].flatMap((name) => rows.slotsNamed(name));
}

/** What the kind of a candidate, or the caller's list, says against it. */
export function kindRefusal(rows: Rows, slot: number, demand: Demand): number {
  const verdict = demand.kinds[at(rows.columns.kind, slot)] ?? NOBODY;
  if (verdict !== FITS) return verdict;
  return demand.excluded.size > 0 && demand.excluded.has(slot) ? CODE.excluded : FITS;
}

/** Compares with the slot's own columns; `amountsRefusal` does the same with objects, which a scan avoids. */
export function rowRefusal(rows: Rows, slot: number, demand: Demand): number {
  const { columns } = rows;
  const { vcpus, memory, vgpus, addresses } = demand.amounts;
  if (vcpus > 0 && vcpus > at(columns.vcpus, slot)) return CODE.vcpus;
  if (memory > 0 && memory > at(columns.memory, slot)) return CODE.memory;
  if (vgpus > 0 && vgpus > at(columns.vgpus, slot)) return CODE.vgpus;
  return addresses > at(columns.addresses, slot) ? CODE.addresses : FITS;
}

export function storageRefusal(rows: Rows, slot: number, demand: Demand): number {
  return demand.storage > at(rows.columns.storage, slot) ? CODE.storage : FITS;
}

/** Among the candidates that were refused for `reason`, the one that comes closest by `unitsOf`. */
export function largestOf(
  { rows, demand, slots }: View,
  reason: RefusalReason,
  refusalOf: RefusalOf,
  unitsOf: (slot: number) => number,
): Largest | undefined {
  let largest: Largest | undefined;
  const length = slots?.length ?? rows.length;
  for (let index = 0; index < length; index += 1) {
    const slot = slots === undefined ? index : (slots[index] ?? 0);
    const entry = rows.entryAt(slot);
    if (entry === undefined || refusalOf(rows, slot, demand) !== CODE[reason]) continue;
    const units = unitsOf(slot);
    const isLarger =
      largest === undefined ||
      units > largest.units ||
      // Names decide between equals, so that the sentence does not change from try to try.
      (units === largest.units && entry.name < largest.name);
    if (isLarger) largest = { units, name: entry.name };
  }
  return largest;
}
