import { instanceKey } from "@oak/contracts";
import { pairOf } from "@oak/core";
import type { Evidence } from "../domain/evidence.ts";
import type { Orphan } from "./take-orphan.ts";

/** Whether a worker runs a copy of the instance that nobody here wanted so far. */
export function hasOrphan(orphans: ReadonlyMap<string, Orphan>, key: string): boolean {
  for (const { job_id, instance_number } of orphans.values()) {
    if (instanceKey(job_id, instance_number) === key) return true;
  }
  return false;
}

/**
 * Has a decision made about an instance that the root has spoken of. A copy of it that was listed as an
 * orphan, because it was reported before the root's wish was known, is no orphan any more: it is adopted.
 */
export function kickWithOrphans(
  orphans: Map<string, Orphan>,
  key: string,
  kick: (key: string, evidence?: Evidence) => void,
): void {
  for (const [id, orphan] of orphans) {
    if (instanceKey(orphan.job_id, orphan.instance_number) !== key) continue;
    orphans.delete(id);
    kick(key, { kind: "higher", child: orphan.worker_id, ...pairOf(orphan) });
  }
  kick(key);
}
