import { type Instance, type InstanceKey, instanceKey } from "@oak/contracts";
import { comparePairs, drainedCopies } from "@oak/core";
import type { AttachmentRecord } from "../ports.ts";

/** One a worker: while an instance moves, two have it attached. */
export function attachmentId(key: InstanceKey, workerId: string): string {
  return `${key} ${workerId}`;
}

/** Of which instance. */
export function keyOf({ job_id, instance_number }: AttachmentRecord): InstanceKey {
  return instanceKey(job_id, instance_number);
}

/** A copy that was given up is never routed to, however late its worker reports. */
export function isOf(record: Instance, attached: AttachmentRecord): boolean {
  return record.child === attached.worker_id && comparePairs(record, attached) === 0;
}

/**
 * Whether the copy of an older worker goes on under a higher pair: it was adopted, and such a worker does not say
 * again where it is attached.
 */
export function isAdopted(record: Instance, attached: AttachmentRecord): boolean {
  const isSame = record.phase === "assigned" && record.child === attached.worker_id;
  return attached.unpaired === true && isSame && comparePairs(attached, record) < 0;
}

/** Whether a copy is attached that no record stands for any more. A report may come before its record. */
export function isLeftOver(record: Instance | undefined, attached: AttachmentRecord): boolean {
  if (record === undefined) return true;
  if (isAdopted(record, attached)) return false;
  const isDrained = drainedCopies(record).some(
    (copy) => copy.child === attached.worker_id && comparePairs(copy, attached) === 0,
  );
  if (isDrained) return false;
  const { move } = record;
  const isGivenUp = move != null && move.child === null && comparePairs(attached, move) <= 0;
  return !isOf(record, attached) && (isGivenUp || comparePairs(attached, record) < 0);
}
