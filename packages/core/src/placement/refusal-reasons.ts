/**
 * Why a candidate was left out, in the order of the checks: one that fails a later check came closer.
 * The words are part of the API (metric labels, `refusals` of a proposal): never renamed, never reused.
 */
export const REFUSAL_REASONS = [
  /** a `direct` constraint names others */
  "direct",
  /** a `clusters` constraint does not list it */
  "clusters_not_allowed",
  /** the caller skips it, for example after a refusal */
  "excluded",
  "not_alive",
  /** cordoned */
  "not_schedulable",
  "csi_driver_missing",
  "addon_missing",
  /** a cluster without a single worker that takes work */
  "no_active_worker",
  "virtualization",
  "architecture",
  "vcpus",
  "memory",
  "vgpus",
  "storage",
  /** its subnet is used up: as many instances as it has addresses */
  "addresses",
  "host_port_taken",
  /** a cluster whose last fitting workers may go to instances that are on their way */
  "promised",
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Refusals by reason; their sum is the number of candidates. */
export type Refusals = Partial<Record<RefusalReason, number>>;

/** In scans a reason is its position here plus one, and this is "no reason". */
export const FITS = 0;

/** In scans: an empty slot, which counts nowhere. */
export const NOBODY = REFUSAL_REASONS.length + 1;

/** Code of a reason in scans; later checks have higher codes. */
export const CODE = Object.fromEntries(
  REFUSAL_REASONS.map((reason, position) => [reason, position + 1]),
) as Readonly<Record<RefusalReason, number>>;

/** Reasons of candidates that could run the service, had they more left. */
export const CAPACITY_REASONS = [
  "vcpus",
  "memory",
  "vgpus",
  "storage",
  "addresses",
  "host_port_taken",
  "promised",
] as const satisfies readonly RefusalReason[];

/** Counts how many candidates were refused by each reason. */
export interface Tally {
  add(code: number, count?: number): void;
  toRefusals(): Refusals;
}

export function createTally(): Tally {
  const counts = new Float64Array(NOBODY + 1);
  return {
    add: (code, count = 1) => {
      counts[code] = (counts[code] ?? 0) + count;
    },
    toRefusals: () => {
      const refusals: Refusals = {};
      for (const reason of REFUSAL_REASONS) {
        const count = counts[CODE[reason]] ?? 0;
        if (count > 0) refusals[reason] = count;
      }
      return refusals;
    },
  };
}

export function hasCapacityReason(refusals: Refusals): boolean {
  return CAPACITY_REASONS.some((reason) => refusals[reason] !== undefined);
}
