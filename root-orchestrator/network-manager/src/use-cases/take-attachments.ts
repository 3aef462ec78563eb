import {
  instanceKey,
  type NetDeployStatus,
  type ReportedAttachment,
  tunnelPort,
} from "@oak/contracts";
import { formatAddress, parseAddress } from "@oak/core";
import type { Directory } from "@oak/tier";
import { errors } from "../errors.ts";
import type { RouteRecord, RouteStore } from "../ports.ts";

export interface TakeAttachmentsDeps {
  directory: Directory;
  routes: Pick<RouteStore, "put">;
  /** Told when a route of the service is different. */
  onChange(jobId: string): void;
}

/**
 * Takes where the copies of a cluster are attached. A report without a pair is of what the cluster has now
 * (upstream sends none); one with a lower pair than is stored changes nothing.
 * @throws AppError service_unknown, bad_request
 */
export type TakeAttachments = (clusterId: string, report: NetDeployStatus) => Promise<void>;

export function createTakeAttachments(deps: TakeAttachmentsDeps): TakeAttachments {
  const { directory, routes } = deps;
  return async (clusterId, { job_id: jobId, instances }) => {
    if (!directory.isLoaded()) throw errors.unavailable("The services are not known yet");
    if (directory.job(jobId) === undefined) throw errors.service_unknown("Job not found");
    // All are read before one is stored: a bad one leaves nothing half-created.
    const reported = instances.flatMap(
      (instance) => routeOf(directory, { jobId, clusterId, instance }) ?? [],
    );
    let isChanged = false;
    for (const route of reported) isChanged = (await routes.put(route)) || isChanged;
    if (isChanged) deps.onChange(jobId);
  };
}

interface Reported {
  jobId: string;
  clusterId: string;
  instance: ReportedAttachment;
}

/** Undefined for a copy that the cluster has no assignment for. */
function routeOf(
  directory: Directory,
  { jobId, clusterId, instance }: Reported,
): RouteRecord | undefined {
  const { instance_number: number, epoch, placement = 0, worker_id: workerId } = instance;
  const record = directory.recordsOf(jobId).find((known) => known.instance_number === number);
  const assignedEpoch = record?.child === clusterId ? record.epoch : undefined;
  const pair = { epoch: epoch ?? assignedEpoch, placement };
  if (pair.epoch === undefined) return undefined;
  return {
    _id: instanceKey(jobId, number),
    job_id: jobId,
    cluster_id: clusterId,
    ...(workerId === undefined ? {} : { worker_id: workerId }),
    epoch: pair.epoch,
    placement,
    namespace_ip: address("namespace_ip", instance.namespace_ip),
    namespace_ip_v6: address("namespace_ip_v6", instance.namespace_ip_v6),
    host_ip: address("host_ip", instance.host_ip),
    host_port: port(instance.host_port),
    ...(instance.wireguard && { wireguard: instance.wireguard }),
  };
}

function address(key: string, text: string): string {
  const parsed = parseAddress(text);
  if (parsed === undefined) {
    throw errors.bad_request(`${key} ${JSON.stringify(text)} is not an address`);
  }
  return formatAddress(parsed);
}

function port(given: ReportedAttachment["host_port"]): number {
  const value = tunnelPort(given);
  if (value === undefined) throw errors.bad_request(`host_port ${given} is above 65535`);
  return value;
}
