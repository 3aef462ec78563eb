import {
  type Candidate,
  csiDriverName,
  type Instance,
  type JobSpec,
  type Liveness,
  type NodeFacts,
  type NodeWorkload,
} from "@oak/contracts";
import { currentObservation } from "@oak/core";

/** What the cluster knows of a worker beside what is stored. */
export interface NodeNow {
  liveness: Liveness;
  /** Unix seconds */
  lastSeen: number;
  instances: number;
}

/** A worker for people: a list of what is shown, since workers put whatever they like into their candidate. */
export function nodeFacts(worker: Candidate, now: NodeNow): NodeFacts {
  const { allocatable } = worker;
  const system = objectOf(worker["system_info"]);
  const os = textOf(system["os"] ?? system["kernel_version"]);
  const joinedAt = worker["joined_at"];
  return {
    id: worker._id,
    name: worker.candidate_name,
    liveness: now.liveness,
    schedulable: worker.schedulable,
    architecture: worker.architecture ?? "",
    ...(os !== undefined && { os }),
    virtualization: worker.virtualization ?? [],
    csi_drivers: (worker.csi_drivers ?? []).map(csiDriverName),
    supported_addons: worker.supported_addons ?? [],
    gpu_drivers: worker.gpu_drivers ?? [],
    vcpus: allocatable.vcpus,
    memory: allocatable.memory,
    vgpus: allocatable.vgpus,
    cpu_percent: worker.cpu_percent ?? 0,
    memory_percent: worker.memory_percent ?? 0,
    disk: allocatable.storage,
    ip: worker.ip ?? "",
    versions: versionsOf(system["versions"]),
    ...(typeof joinedAt === "number" && { joined_at: joinedAt }),
    last_seen: now.lastSeen,
    instances: now.instances,
  };
}

/** What is decided about a worker, not what it is made of. */
const notHardware: ReadonlySet<string> = new Set([
  "_id",
  "boot_id",
  "child_incarnation",
  "cpu_history",
  "holds",
  "identity_key",
  "joined_at",
  "last_modified_timestamp",
  "liveness",
  "machine_id",
  "memory_history",
  "rev",
  "schedulable",
  "session",
  "want_rev",
]);

/** Everything that a worker says of itself. */
export function hardwareOf(worker: Candidate): Record<string, unknown> {
  return Object.fromEntries(Object.entries(worker).filter(([key]) => !notHardware.has(key)));
}

/** @param spec undefined while it has not been read */
export function nodeWorkload(instance: Instance, spec: JobSpec | undefined): NodeWorkload {
  const seen = currentObservation(instance);
  const { cpu_percent, memory_percent, restarts } = seen ?? {};
  return {
    service_id: instance.job_id,
    service_name: spec?.job_name ?? "",
    instance_number: instance.instance_number,
    status: seen?.status ?? instance.status,
    status_detail: seen?.status_detail ?? instance.status_detail,
    image: spec?.image ?? "",
    vcpus: instance.need.vcpus,
    memory: instance.need.memory,
    ...(cpu_percent !== undefined && { cpu_percent }),
    ...(memory_percent !== undefined && { memory_percent }),
    ...(restarts !== undefined && { restarts }),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function versionsOf(value: unknown): Record<string, string> {
  const known = Object.entries(objectOf(value)).flatMap(([name, version]) =>
    typeof version === "string" ? [[name, version] as const] : [],
  );
  return Object.fromEntries(known);
}
