import { medianOf } from "./quantiles.ts";

/** How many times slower one is than the other, and how sure that is. */
export interface Ratio {
  value: number;
  /** 95 % confidence interval */
  low: number;
  high: number;
}

const resamples = 5_000;

/**
 * Ratio of the medians with a bootstrap interval: each side is drawn anew from its own samples, with
 * repetition, and the middle 95 % of the ratios that come out are what the samples allow to say.
 */
export function ratioOfMedians(
  ours: readonly number[],
  theirs: readonly number[],
  random: () => number,
): Ratio {
  const draw = (samples: readonly number[]): number =>
    medianOf(samples.map(() => samples[Math.floor(random() * samples.length)] ?? Number.NaN));
  const ratios = Array.from({ length: resamples }, () => draw(ours) / draw(theirs));
  const interval = quantilesWithin(ratios);
  return { value: medianOf(ours) / medianOf(theirs), ...interval };
}

function quantilesWithin(ratios: readonly number[]): { low: number; high: number } {
  const sorted = Float64Array.from(ratios).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { low: at(0.025), high: at(0.975) };
}
