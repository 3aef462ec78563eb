/** What is told of a set of samples. */
export interface Quantiles {
  count: number;
  min: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** @throws RangeError without samples */
export function quantilesOf(samples: readonly number[]): Quantiles {
  const sorted = toSorted(samples);
  const at = (share: number): number => quantileOfSorted(sorted, share);
  return {
    count: sorted.length,
    min: at(0),
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  };
}

export function medianOf(samples: readonly number[]): number {
  return quantileOfSorted(toSorted(samples), 0.5);
}

function toSorted(samples: readonly number[]): Float64Array {
  if (samples.length === 0) throw new RangeError("Nothing can be said of no samples");
  return Float64Array.from(samples).sort();
}

/** Between two samples the line that joins them counts, as most statistics programs do it. */
function quantileOfSorted(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return low + (high - low) * (position - below);
}
