import type { InstanceKey } from "@oak/contracts";
import type { InstanceBook } from "./instance-book.ts";

/**
 * Runs one decision about an instance on what is stored of it, even when the answer to the last change was
 * lost, and again later while such a change may still come about.
 * @param decide returns monotonic milliseconds when to look again, or undefined
 * @returns the sooner of that time and the end of the doubt
 */
export async function decideRefreshed(
  book: InstanceBook,
  key: InstanceKey,
  decide: () => Promise<number | undefined>,
): Promise<number | undefined> {
  const certainAtMs = await book.refresh(key);
  const againAtMs = await decide();
  if (certainAtMs === undefined || againAtMs === undefined) return certainAtMs ?? againAtMs;
  return Math.min(certainAtMs, againAtMs);
}
