import { comparePairs } from "@oak/core";
import {
  freshLocalState,
  type InstanceAssignment,
  type InstanceRecord,
  type LocalState,
} from "../store/instance-record.ts";
import { chooseCurrent, readSpec } from "./plan-workload.ts";
import type { ObservedWorkload } from "./workload.ts";

/**
 * The record that follows `present` when an assignment is accepted. The efforts of the worker count per
 * pair and spec: a new one begins with none.
 * @throws RangeError when the pair would fall; whoever accepts commands has to refuse that before.
 */
export function nextRecord(
  assignment: InstanceAssignment,
  present: InstanceRecord | undefined,
  observed: readonly ObservedWorkload[],
): InstanceRecord {
  if (present !== undefined && comparePairs(assignment, present) < 0) {
    throw new RangeError(`${assignment.key}: the pair of an instance must not fall`);
  }
  // What is being stopped gracefully is as exclusive as it was while it was wanted.
  const ttlS = assignment.wanted ? undefined : present?.exclusive_ttl_s;
  const next: InstanceRecord = {
    ...assignment,
    ...(ttlS !== undefined && { exclusive_ttl_s: ttlS }),
    local: freshLocalState,
  };
  if (present !== undefined && isSameEffort(present, next))
    return { ...next, local: present.local };
  return { ...next, local: beginEffort(next, observed) };
}

function isSameEffort(present: InstanceRecord, next: InstanceRecord): boolean {
  return (
    present.wanted && next.wanted && comparePairs(present, next) === 0 && isSameSpec(present, next)
  );
}

/** Whether the workload of one record does for the other. */
export function isSameSpec(a: InstanceRecord, b: InstanceRecord): boolean {
  return readSpec(a)?.identity.specHash === readSpec(b)?.identity.specHash;
}

/** A run that ended under an earlier pair is no failure, and no completion, of this one. */
function beginEffort(record: InstanceRecord, observed: readonly ObservedWorkload[]): LocalState {
  if (!record.wanted) return freshLocalState;
  const { current } = chooseCurrent(record, readSpec(record), observed);
  if (current?.state !== "exited") return freshLocalState;
  const { handle, finishedAtMs } = current;
  return { ...freshLocalState, last_exit: { handle, finished_at_ms: finishedAtMs } };
}
