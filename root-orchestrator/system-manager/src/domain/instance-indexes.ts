import type { InstanceBook } from "@oak/tier";

/** Instances of each service, so that a change of one does not look at all. */
export function createJobIndex(book: InstanceBook): { keysOf(jobId: string): string[] } {
  const index = new Map<string, Set<string>>();
  book.onChange((key, before, after) => {
    const jobId = (after ?? before)?.job_id ?? "";
    const keys = index.get(jobId) ?? new Set();
    if (after === undefined) keys.delete(key);
    else keys.add(key);
    if (keys.size === 0) index.delete(jobId);
    else index.set(jobId, keys);
  });
  return { keysOf: (jobId) => [...(index.get(jobId) ?? [])] };
}

/** Instances that wait for a place. */
export function createWaitingIndex(book: InstanceBook): ReadonlySet<string> {
  const waiting = new Set<string>();
  book.onChange((key, _before, after) => {
    if (after?.phase === "unplaced") waiting.add(key);
    else waiting.delete(key);
  });
  return waiting;
}
