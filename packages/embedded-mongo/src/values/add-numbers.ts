import { Double, Int32, Long } from "bson";
import { badValue } from "../errors.ts";

/**
 * Adds two BSON numbers as MongoDB does: a fraction makes a double, integers stay integers and
 * grow from 32 to 64 bits when they have to.
 *
 * @throws CommandError BadValue beyond 64 bits
 */
export function addNumbers(a: unknown, b: unknown): Int32 | Long | Double {
  const left = toInteger(a);
  const right = toInteger(b);
  if (left === undefined || right === undefined) return new Double(Number(a) + Number(b));
  const sum = left + right;
  if (BigInt.asIntN(64, sum) !== sum) throw badValue("$inc overflows a 64-bit integer");
  const isShort = !(a instanceof Long) && !(b instanceof Long) && BigInt.asIntN(32, sum) === sum;
  return isShort ? new Int32(Number(sum)) : Long.fromBigInt(sum);
}

/** The value of an integer type; undefined for a double, also for one without a fraction. */
function toInteger(value: unknown): bigint | undefined {
  if (value instanceof Long) return value.toBigInt();
  if (value instanceof Int32) return BigInt(value.value);
  // A plain number is encoded as an integer exactly if it fits into 32 bits.
  const isInteger = typeof value === "number" && Number.isInteger(value) && (value | 0) === value;
  return isInteger ? BigInt(value) : undefined;
}
