import type { InstanceWrite, SeenWrite } from "@oak/contracts";
import type { HttpClient } from "@oak/kit";
import { clusterId, type Site } from "./harness.ts";

/** A service in both tiers, with instance 0 on a worker of the cluster. */
export async function deploy(site: Site, worker: string) {
  const suffix = Math.random().toString(36).slice(2, 10);
  const name = `svc${suffix}`;
  const job = {
    applicationID: "a".repeat(24),
    app_name: "app",
    app_ns: "test",
    service_name: name,
    service_ns: "test",
    microservice_name: name,
    microservice_namespace: "test",
    job_name: `app.test.${name}.test`,
    image: "nginx",
    virtualization: "docker",
  };
  const path = "/api/v1/jobs";
  const made = (await site.root.request({
    method: "POST",
    path,
    body: { ...job, members: [0], owner: "Admin" },
  })) as { _id: string };
  await site.cluster.request({ method: "PUT", path, body: { ...job, _id: made._id } });
  await place(site.root, made._id, { child: clusterId, placement: 0 });
  await place(site.cluster, made._id, { child: worker });
  return { id: made._id, name: job.job_name };
}

/** Writes the assignment of instance 0, and that its copy runs. */
export async function place(
  tier: HttpClient,
  jobId: string,
  changes: Partial<InstanceWrite>,
): Promise<void> {
  const key = `${jobId}/0`;
  const record: InstanceWrite = {
    _id: key,
    job_id: jobId,
    instance_number: 0,
    phase: "assigned",
    child: null,
    epoch: 1,
    placement: 1,
    spec_rev: 1,
    want_rev: 1,
    need: { vcpus: 0, memory: 0, vgpus: 0, host_ports: [] },
    intent: null,
    fenced: [],
    excluded: [],
    status: "NODE_SCHEDULED",
    status_detail: "",
    reason: "",
    attempts: 1,
    retry_at: 0,
    phase_since: 0,
    if_version: 0,
    ...changes,
  };
  await tier.request({ method: "PUT", path: `/api/v1/instances/${key}`, body: record });
  const seen: SeenWrite = {
    status: "RUNNING",
    status_detail: "",
    session: record.placement + 1,
    seq: 1,
    epoch: record.epoch,
    placement: record.placement,
    at: 0,
  };
  await tier.request({ method: "PATCH", path: `/api/v1/instances/${key}/seen`, body: seen });
}

export function attached(jobName: string, changes: Record<string, unknown> = {}) {
  return {
    appname: jobName,
    status: "DEPLOYED",
    instance_number: 0,
    nsip: "10.18.0.2",
    nsipv6: "fc00::2",
    host_ip: "192.168.1.7",
    host_port: "50103",
    ...changes,
  };
}
