/** How far away an instance is; what is nearer by kind needs no measuring. */
export interface Distance {
  /** 0: this worker, 1: this cluster, 2: elsewhere. */
  tier: 0 | 1 | 2;
  /** Round trip to its worker; absent: not measured. */
  rttMs?: number;
}

export interface Candidate {
  number: number;
  distance: Distance;
  /** Orders what is equally far, differently on each worker, so that not all choose the same. */
  tieBreak: number;
}

/** A measured advantage below both of these is noise: moving to and fro costs more than it gains. */
const leastGain = 0.2;
const leastGainMs = 0.5;

/**
 * The number of the nearest instance. The one chosen before stays unless another one is on this worker or is
 * clearly nearer. Undefined without candidates.
 */
export function chooseClosest(
  candidates: readonly Candidate[],
  previous: number | undefined,
): number | undefined {
  const best = candidates.toSorted(compare)[0];
  const kept = candidates.find(({ number }) => number === previous);
  if (best === undefined || kept === undefined) return best?.number;
  return isClearlyNearer(best.distance, kept.distance) ? best.number : kept.number;
}

function compare(a: Candidate, b: Candidate): number {
  return compareDistances(a.distance, b.distance) || a.tieBreak - b.tieBreak || a.number - b.number;
}

function compareDistances(a: Distance, b: Distance): number {
  if (a.tier === 0 || b.tier === 0) return a.tier - b.tier;
  // What was measured says more than the borders of clusters; what was not yet, comes after it.
  if (a.rttMs !== undefined && b.rttMs !== undefined) return a.rttMs - b.rttMs;
  if (a.rttMs !== b.rttMs) return a.rttMs === undefined ? 1 : -1;
  return a.tier - b.tier;
}

function isClearlyNearer(best: Distance, kept: Distance): boolean {
  if (best.tier === 0 || kept.tier === 0) return best.tier < kept.tier;
  if (best.rttMs === undefined || kept.rttMs === undefined) return best.tier < kept.tier;
  const gainMs = kept.rttMs - best.rttMs;
  return gainMs >= leastGainMs && gainMs >= kept.rttMs * leastGain;
}
