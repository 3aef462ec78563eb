import type { JobSpec } from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import type { WorkloadSpec } from "../src/domain/workload.ts";
import { buildWorkloadSpec } from "../src/domain/workload-spec.ts";
import type { EngineOptions } from "../src/engine.ts";
import type { InstanceAssignment } from "../src/store/instance-record.ts";
import { createMemoryLeases } from "../src/store/memory-leases.ts";

export const aJobId = "65f0c0ffee65f0c0ffee65f0";

export type JobOverrides = Partial<JobSpec>;

export interface AssignmentOverrides extends Partial<Omit<InstanceAssignment, "job" | "key">> {
  job?: JobOverrides;
}

/** An assignment of `fake/ok`, instance 0 at pair (1, 1). */
export function anAssignment({ job, ...overrides }: AssignmentOverrides = {}): InstanceAssignment {
  const jobId = overrides.job_id ?? aJobId;
  const instanceNumber = overrides.instance_number ?? 0;
  return {
    key: instanceKey(jobId, instanceNumber),
    job_id: jobId,
    instance_number: instanceNumber,
    incarnation: "incarnation-1",
    epoch: 1,
    placement: 1,
    spec_rev: 1,
    want_rev: 1,
    wanted: true,
    job: {
      _id: jobId,
      job_name: "app.ns.svc.ns",
      image: "fake/ok",
      virtualization: "docker",
      ...job,
    },
    ...overrides,
  };
}

/** For engines without exclusive instances. */
export const noLeases = (): EngineOptions["leases"] => ({
  store: createMemoryLeases(),
  bootMs: () => performance.now(),
  askAtOnce: () => undefined,
});

export function aWorkloadSpec(overrides: AssignmentOverrides = {}): WorkloadSpec {
  return buildWorkloadSpec(anAssignment(overrides));
}
