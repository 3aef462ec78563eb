import { type HeldCopy, instanceKey } from "@oak/contracts";
import { comparePairs, pairOf } from "@oak/core";
import type { AssignmentDeps, Worker } from "../ports.ts";
import { type StopCopyDeps, stopCopy } from "./stop-copy.ts";

/** A copy that goes on although nobody here wants it. */
export type Orphan = HeldCopy & { worker_id: string };

export interface OrphanDeps extends Pick<AssignmentDeps, "holds" | "ledger" | "log"> {
  /** copies that another database gave and that nobody here wants, by worker and instance; for a person to decide */
  orphans: Map<string, Orphan>;
}

/**
 * Lists a copy, and has it hold the room that it takes: what is placed beside it would get room that is not there.
 * The hold comes first, so that one which could not be made is asked for again with the next inventory.
 * @throws whatever the store throws, and when the hold is not granted yet
 */
export async function takeOrphan(deps: OrphanDeps, { id }: Worker, copy: HeldCopy): Promise<void> {
  const key = instanceKey(copy.job_id, copy.instance_number);
  const known = deps.orphans.get(orphanId(id, key));
  if (copy.status === "UNDEPLOYED") return dropOrphan(deps, id, key);
  const isHeld = known !== undefined && takesRoom(known) && comparePairs(known, copy) === 0;
  if (takesRoom(copy)) {
    if (!isHeld) await holdRoom(deps, id, key, copy);
  } else if (isHeld) await deps.holds.drop(id, key, pairOf(copy));
  if (known === undefined) {
    deps.log.warn({ worker: id, instance: key }, "a copy of another database goes on");
  }
  deps.orphans.set(orphanId(id, key), { ...copy, worker_id: id });
}

/** The copy is gone, and with it the room that it took. */
export async function dropOrphan(
  { orphans, holds }: Pick<OrphanDeps, "orphans" | "holds">,
  workerId: string,
  key: string,
): Promise<void> {
  const orphan = orphans.get(orphanId(workerId, key));
  if (orphan === undefined) return;
  orphans.delete(orphanId(workerId, key));
  // A hold under a higher pair is of an assignment, and stays.
  if (takesRoom(orphan)) await holds.drop(workerId, key, pairOf(orphan));
}

/**
 * Has a copy end, since a person has decided so. It is listed until its worker confirms that.
 * @returns false when no such copy is listed
 */
export function endOrphan(
  deps: StopCopyDeps & Pick<OrphanDeps, "orphans">,
  workerId: string,
  key: string,
): boolean {
  const orphan = deps.orphans.get(orphanId(workerId, key));
  if (orphan !== undefined) stopCopy(deps, workerId, orphan);
  return orphan !== undefined;
}

/** A worker was taken out, and its document with all that it held. */
export function forgetOrphansOf(orphans: Map<string, Orphan>, workerId: string): void {
  for (const [id, orphan] of orphans) if (orphan.worker_id === workerId) orphans.delete(id);
}

/** Whether room is held at the worker for a copy that is listed. */
export function isRoomOfOrphan(
  orphans: ReadonlyMap<string, Orphan>,
  workerId: string,
  key: string,
): boolean {
  const orphan = orphans.get(orphanId(workerId, key));
  return orphan !== undefined && takesRoom(orphan);
}

const orphanId = (workerId: string, key: string): string => `${workerId} ${key}`;

/** An older worker does not say what a copy takes. */
function takesRoom({ status, need }: HeldCopy): boolean {
  return need !== undefined && RUNS.has(status);
}

const RUNS: ReadonlySet<string> = new Set(["CREATING", "CREATED", "RUNNING"]);

async function holdRoom(
  { holds, ledger }: OrphanDeps,
  workerId: string,
  key: string,
  { need, epoch, placement }: HeldCopy,
): Promise<void> {
  if (need === undefined) return;
  const hold = await ledger.open(
    workerId,
    () => holds.hold(workerId, key, { need, epoch, placement, is_there: true }),
    (answer) => (answer.ok ? answer.want_rev : undefined),
  );
  if (hold.ok) {
    ledger.close(workerId, hold.want_rev);
    return;
  }
  // Under a higher pair there is one already.
  if (hold.reason !== "stale") throw new Error(`a copy of another database has no hold: ${key}`);
}
