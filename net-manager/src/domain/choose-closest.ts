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

/** To which instance the closest address leads, and how sure that is. */
export interface ClosestChoice {
  number: number;
  /** Made while nothing was measured: the first measurement decides. */
  isProvisional: boolean;
  /** Samples in a row in which another one was clearly nearer. */
  beaten: number;
}

/** A measured advantage below both of these is noise: moving to and fro costs more than it gains. */
const leastGain = 0.2;
const leastGainMs = 0.5;
/** What is clearly nearer in so many samples in a row will stay so for a while. */
export const samplesToSwitch = 3;

/**
 * The nearest instance. The one chosen before stays unless another one is on this worker, or is clearly nearer in several samples.
 * Undefined without candidates.
 * @param isSample all workers were measured since the last call
 */
export function chooseClosest(
  candidates: readonly Candidate[],
  previous: ClosestChoice | undefined,
  isSample: boolean,
): ClosestChoice | undefined {
  const best = candidates.toSorted(compare)[0];
  const kept = candidates.find(({ number }) => number === previous?.number);
  if (best === undefined) return undefined;
  if (previous === undefined || kept === undefined) return begin(best);
  if (!isClearlyNearer(best.distance, kept.distance)) return keep(previous, best, kept, isSample);
  const isMeasured = best.distance.tier !== 0 && isBothMeasured(best, kept);
  const beaten = previous.beaten + (isSample ? 1 : 0);
  if (!isMeasured || previous.isProvisional || beaten >= samplesToSwitch) return begin(best);
  return { ...previous, beaten };
}

function begin({ number, distance }: Candidate): ClosestChoice {
  const isProvisional = distance.tier !== 0 && distance.rttMs === undefined;
  return { number, isProvisional, beaten: 0 };
}

function keep(
  { number, isProvisional, beaten }: ClosestChoice,
  best: Candidate,
  kept: Candidate,
  isSample: boolean,
): ClosestChoice {
  return {
    number,
    isProvisional: isProvisional && !isBothMeasured(best, kept),
    beaten: isSample ? 0 : beaten,
  };
}

function isBothMeasured(one: Candidate, other: Candidate): boolean {
  return one.distance.rttMs !== undefined && other.distance.rttMs !== undefined;
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
