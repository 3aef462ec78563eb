import type { Instance, Job } from "@oak/contracts";
import { newId } from "./harness.ts";

/** A service with these instance numbers. */
export function aJob(changes: Partial<Job> = {}): Job {
  const id = newId();
  const name = `svc${id.slice(-10)}`;
  return {
    _id: id,
    applicationID: newId(),
    app_name: "app",
    app_ns: "test",
    service_name: name,
    service_ns: "test",
    microservice_name: name,
    microservice_namespace: "test",
    job_name: `app.test.${name}.test`,
    job_name_key: `app.test.${name}.test`,
    code: "nginx",
    image: "nginx",
    virtualization: "docker",
    owner: "Admin",
    rev: 1,
    spec_rev: 1,
    members: [],
    next_instance_progressive_number: 0,
    deleted: false,
    created_at: 0,
    ...changes,
  };
}

/** The record of an instance that a cluster runs. */
export function aRecord(jobId: string, n: number, changes: Partial<Instance> = {}): Instance {
  return {
    _id: `${jobId}/${n}`,
    job_id: jobId,
    instance_number: n,
    rev: 1,
    phase: "assigned",
    child: null,
    epoch: 1,
    placement: 0,
    spec_rev: 1,
    want_rev: 1,
    need: { vcpus: 0, memory: 0, vgpus: 0, host_ports: [] },
    intent: null,
    fenced: [],
    excluded: [],
    status: "CLUSTER_SCHEDULED",
    status_detail: "",
    reason: "",
    attempts: 0,
    retry_at: 0,
    phase_since: 0,
    seen: {
      status: "RUNNING",
      status_detail: "",
      session: 1,
      seq: 1,
      epoch: changes.epoch ?? 1,
      placement: 0,
      at: 0,
    },
    cpu_history: [],
    memory_history: [],
    ...changes,
  };
}

/** The body with which the system-manager announces a service. */
export function announce(job: Job, addresses: Record<string, string> = {}) {
  const { _id, rev, owner, ...descriptor } = job;
  return { _id, deployment_descriptor: { ...descriptor, addresses } };
}

/** Where a copy is attached. */
export function attached(n: number, changes: Record<string, unknown> = {}) {
  return {
    instance_number: n,
    namespace_ip: "10.18.0.2",
    namespace_ip_v6: "fc00::2",
    host_ip: "192.168.1.7",
    host_port: "50103",
    ...changes,
  };
}
