import { randomBytes } from "node:crypto";
import type { Id } from "@oak/contracts";

/** An id in the shape of MongoDB's: seconds since 1970, then randomness; sorts by age. */
export function newId(nowMs: number): Id {
  const seconds = Math.floor(nowMs / 1_000)
    .toString(16)
    .padStart(8, "0");
  return `${seconds}${randomBytes(8).toString("hex")}`;
}
