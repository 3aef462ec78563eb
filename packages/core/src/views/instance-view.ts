import {
  type Candidate,
  type Instance,
  type InstanceView,
  REFUSAL_STATUSES,
  type Status,
} from "@oak/contracts";
import { currentObservation } from "../lifecycle/instance-status.ts";
import { REASONS } from "../lifecycle/reasons.ts";

/** The little of a candidate that an instance shows. */
export type ViewedCandidate = Pick<Candidate, "_id"> &
  Partial<Pick<Candidate, "candidate_location" | "ip">>;

const noDetail = "No extra information";

/**
 * An instance as clients know it (`instance_list`). Every field has the type that strict decoders want:
 * figures are text, the port is a whole number, nothing is null.
 * @param candidate the document of the instance's child, when it is still there
 */
export function instanceView(
  instance: Instance,
  candidate: ViewedCandidate | undefined,
): InstanceView {
  const seen = currentObservation(instance);
  return {
    ...emptyView(instance.instance_number),
    ...placeOf(instance, candidate),
    status: seen?.status ?? instance.status,
    status_detail: (seen?.status_detail ?? instance.status_detail) || noDetail,
    reason: seen?.reason ?? instance.reason,
    host_port: seen?.host_port ?? 0,
    publicip: seen?.publicip ?? "",
    published_ports: seen?.published_ports ?? "",
    cpu_percent: seen?.cpu_percent ?? "0",
    memory_percent: seen?.memory_percent ?? "0",
    disk: seen?.disk ?? "0",
    // The last words of a copy that is gone say why it is gone.
    logs: instance.seen?.logs ?? "",
    cpu_history: instance.cpu_history,
    memory_history: instance.memory_history,
    last_modified_timestamp: seen?.at ?? instance.phase_since,
    epoch: instance.epoch,
    placement: instance.placement,
    revision: instance.spec_rev,
    restarts: seen?.restarts ?? 0,
  };
}

/** A member that the placer has not looked at yet. */
export function awaitedView(
  instanceNumber: number,
  { since, revision }: { since: number; revision: number },
): InstanceView {
  return { ...emptyView(instanceNumber), last_modified_timestamp: since, revision };
}

/** At a cluster, which alone has a parent's intent, the child is a worker; at the root it is a cluster. */
function placeOf(instance: Instance, candidate: ViewedCandidate | undefined) {
  const { child, intent, seen } = instance;
  const location = { cluster_location: candidate?.candidate_location ?? "" };
  if (child === null) return location;
  const current = currentObservation(instance);
  if (intent === null) {
    return {
      ...location,
      cluster_id: child,
      worker_id: current?.worker_id ?? "",
      host_ip: current?.host_ip ?? "",
    };
  }
  return { ...location, worker_id: child, host_ip: seen?.host_ip ?? candidate?.ip ?? "" };
}

function emptyView(instanceNumber: number): InstanceView {
  return {
    instance_number: instanceNumber,
    status: "REQUESTED",
    status_detail: REASONS.waiting,
    reason: "waiting",
    cluster_id: "",
    cluster_location: "",
    worker_id: "",
    host_ip: "",
    host_port: 0,
    publicip: "",
    published_ports: "",
    cpu_percent: "0",
    memory_percent: "0",
    disk: "0",
    logs: "",
    cpu_history: [],
    memory_history: [],
    last_modified_timestamp: 0,
    epoch: 0,
    placement: 0,
    restarts: 0,
  };
}

const refusals: ReadonlySet<Status> = new Set(REFUSAL_STATUSES);

/** Whether a status says that no place was found. */
export function isRefusal(status: Status): boolean {
  return refusals.has(status);
}
