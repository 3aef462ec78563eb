import { createHash } from "node:crypto";
import { parsePortList } from "@oak/contracts";
import type { InstanceAssignment } from "../store/instance-record.ts";
import type { WorkloadSettings, WorkloadSpec } from "./workload.ts";

/** Enough for any sane service, and a fork bomb stays inside its own container. */
const pidsLimit = 4_096;

/**
 * What has to be created for an assignment.
 * @throws RangeError when the port list is out of range; the tiers above refuse such a spec.
 */
export function buildWorkloadSpec(assignment: InstanceAssignment): WorkloadSpec {
  const { job, instance_number: instanceNumber } = assignment;
  const hostname = `instance-${instanceNumber}`;
  const settings: WorkloadSettings = {
    image: job.image,
    cmd: job.cmd ?? [],
    // upstream: HOSTNAME comes first, so that a service can set its own.
    environment: [`HOSTNAME=${hostname}`, ...(job.environment ?? [])],
    hostname,
    ports: parsePortList(job.port ?? ""),
    vcpus: job.vcpus ?? 0,
    memoryMb: job.memory ?? 0,
    vgpus: job.vgpus ?? 0,
    privileged: job.privileged ?? false,
    pidsLimit,
    ...(job.platform !== undefined && job.platform !== "" && { platform: job.platform }),
  };
  const identity = {
    key: assignment.key,
    jobId: assignment.job_id,
    jobName: job.job_name,
    instanceNumber,
    pair: { epoch: assignment.epoch, placement: assignment.placement },
    specHash: hashSettings(settings),
  };
  return { ...settings, identity };
}

/** 16 hex characters; the order of keys does not matter. */
export function hashSettings(settings: WorkloadSettings): string {
  const sorted = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 16);
}
