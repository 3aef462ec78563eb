import { Long } from "bson";

const exactLimit = 2 ** 53;

/** The double nearest to a BSON number; exact for everything but large 64-bit integers. */
export function toDouble(value: unknown): number {
  return typeof value === "number" ? value : Number(value);
}

/**
 * What the nearest double loses of a 64-bit integer (between -1,024 and 1,024), so that
 * (double, remainder) orders all numbers exactly.
 */
export function remainder(value: unknown): number {
  if (!(value instanceof Long)) return 0;
  const double = value.toNumber();
  if (Math.abs(double) < exactLimit) return 0;
  return Number(value.toBigInt() - BigInt(double));
}

/** Orders two BSON numbers of any width; NaN is below every number, as in MongoDB. */
export function compareNumbers(a: unknown, b: unknown): number {
  const x = toDouble(a);
  const y = toDouble(b);
  if (x < y) return -1;
  if (x > y) return 1;
  if (x === y) return Math.sign(remainder(a) - remainder(b));
  return Number(Number.isNaN(y)) - Number(Number.isNaN(x));
}
