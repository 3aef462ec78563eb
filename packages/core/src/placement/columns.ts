/**
 * What every decision reads of every candidate, one array a fact, so that a scan walks through memory
 * in order. All are doubles: one kind of array keeps the reads of {@link at} monomorphic.
 */
export interface Columns {
  state: Float64Array;
  /** left after holds and reservations, in units; for a cluster the sum over its workers */
  vcpus: Float64Array;
  memory: Float64Array;
  vgpus: Float64Array;
  /** free disk, in units; Infinity when not told */
  storage: Float64Array;
  /** allocatable, in units: what the leftover is measured against */
  totalVcpus: Float64Array;
  totalMemory: Float64Array;
  totalVgpus: Float64Array;
  /** number of its traits in the pool */
  traits: Float64Array;
  /** how many holds and reservations it carries */
  holds: Float64Array;
  /** steps of 5 % of mean CPU and memory use */
  load: Float64Array;
  /** hash of its id */
  hash: Float64Array;
}

export const STATE = { empty: 0, ready: 1, notAlive: 2, notSchedulable: 3 } as const;

/** Columns of `capacity` slots that start with what `previous` held. */
export function growColumns(capacity: number, previous?: Columns): Columns {
  const grow = (old: Float64Array | undefined): Float64Array => {
    const column = new Float64Array(capacity);
    if (old !== undefined) column.set(old);
    return column;
  };
  return {
    state: grow(previous?.state),
    vcpus: grow(previous?.vcpus),
    memory: grow(previous?.memory),
    vgpus: grow(previous?.vgpus),
    storage: grow(previous?.storage),
    totalVcpus: grow(previous?.totalVcpus),
    totalMemory: grow(previous?.totalMemory),
    totalVgpus: grow(previous?.totalVgpus),
    traits: grow(previous?.traits),
    holds: grow(previous?.holds),
    load: grow(previous?.load),
    hash: grow(previous?.hash),
  };
}

/** One value; slots beyond the end read as 0. */
export function at(column: Float64Array, slot: number): number {
  return column[slot] ?? 0;
}
