/**
 * What every decision reads of every candidate, one array a fact, so that a scan walks through memory
 * in order. All are doubles: one kind of array keeps the reads of {@link at} monomorphic.
 */
export interface Columns {
  /** one of {@link KIND}, or that of its traits, see {@link kindOfTraits} */
  kind: Float64Array;
  /** left after holds and reservations, in units; for a cluster the sum over its workers */
  vcpus: Float64Array;
  memory: Float64Array;
  vgpus: Float64Array;
  addresses: Float64Array;
  /** free disk, in units; Infinity when not told */
  storage: Float64Array;
  /** share of the allocatable that one unit is, so that leftovers cost no division; 0 of nothing */
  perVcpu: Float64Array;
  perMemory: Float64Array;
  perVgpu: Float64Array;
  /** how many holds and reservations it carries */
  holds: Float64Array;
  /** steps of 5 % of mean CPU and memory use */
  load: Float64Array;
  /** hash of its id */
  hash: Float64Array;
}

/** Kinds of slots that take nothing. Above them there is one kind for each set of traits. */
export const KIND = { empty: 0, notAlive: 1, notSchedulable: 2 } as const;

const FIRST_OF_TRAITS = Object.keys(KIND).length;

/** What a candidate that takes work is judged by. */
export function kindOfTraits(traits: number): number {
  return traits + FIRST_OF_TRAITS;
}

/** Columns of `capacity` slots that start with what `previous` held. */
export function growColumns(capacity: number, previous?: Columns): Columns {
  const grow = (old: Float64Array | undefined): Float64Array => {
    const column = new Float64Array(capacity);
    if (old !== undefined) column.set(old);
    return column;
  };
  return {
    kind: grow(previous?.kind),
    vcpus: grow(previous?.vcpus),
    memory: grow(previous?.memory),
    vgpus: grow(previous?.vgpus),
    addresses: grow(previous?.addresses),
    storage: grow(previous?.storage),
    perVcpu: grow(previous?.perVcpu),
    perMemory: grow(previous?.perMemory),
    perVgpu: grow(previous?.perVgpu),
    holds: grow(previous?.holds),
    load: grow(previous?.load),
    hash: grow(previous?.hash),
  };
}

/** One value; slots beyond the end read as 0. */
export function at(column: Float64Array, slot: number): number {
  return column[slot] ?? 0;
}
