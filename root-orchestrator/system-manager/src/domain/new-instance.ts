import type { Instance, Job } from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import { REASONS, revisionOf } from "@oak/core";

/** The record of a wanted instance number that has none yet. */
export function newInstance(job: Job, instanceNumber: number, nowS: number): Instance {
  return {
    _id: instanceKey(job._id, instanceNumber),
    job_id: job._id,
    instance_number: instanceNumber,
    rev: 0,
    phase: "unplaced",
    child: null,
    epoch: 0,
    placement: 0,
    spec_rev: revisionOf(job, instanceNumber),
    want_rev: 0,
    need: { vcpus: 0, memory: 0, vgpus: 0, host_ports: [] },
    intent: null,
    fenced: [],
    excluded: [],
    status: "REQUESTED",
    status_detail: REASONS.waiting,
    reason: "waiting",
    attempts: 0,
    retry_at: 0,
    phase_since: nowS,
    seen: null,
    cpu_history: [],
    memory_history: [],
  };
}
