import { instanceKey, type Pair } from "@oak/contracts";
import { pairOf } from "@oak/core";
import type { Pace } from "../domain/pace.ts";
import type { AssignmentDeps } from "../ports.ts";

export interface StopCopyDeps extends Pick<AssignmentDeps, "link" | "tier" | "ledger" | "log"> {
  /** each stop is answered by a report of the copy while it ends: those must not set off stops in turn */
  stops: Pace;
}

/** A copy by its names; older workers know it by that of its service. */
interface NamedByWorker extends Pair {
  job_id: string;
  job_name?: string;
  instance_number: number;
}

/** Names a copy as gone, under its own pair (protocol rule 4). */
export function stopCopy(deps: StopCopyDeps, workerId: string, copy: NamedByWorker): void {
  const { job_id, instance_number } = copy;
  const key = instanceKey(job_id, instance_number);
  if (!deps.stops.isDue(`${workerId} ${key} ${copy.epoch}.${copy.placement}`)) return;
  deps.log.info({ worker: workerId, instance: key, ...pairOf(copy) }, "an old copy is told to end");
  deps.link.remove(workerId, {
    job_name: copy.job_name ?? "",
    virtualization: "docker",
    instance_number,
    job_id,
    assignment: {
      incarnation: deps.tier.current().incarnation,
      ...pairOf(copy),
      spec_rev: 0,
      want_rev: deps.ledger.settled(workerId),
    },
  });
}
