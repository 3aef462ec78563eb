import {
  type Attachment,
  type Instance,
  instanceKey,
  type NetDeployStatus,
  type Pair,
  type ReportedAttachment,
  tunnelPort,
} from "@oak/contracts";
import { formatAddress, parseAddress } from "@oak/core";
import type { Directory } from "@oak/tier";
import { routeId } from "../domain/route-id.ts";
import { errors } from "../errors.ts";
import type { RouteRecord, RouteStore } from "../ports.ts";
import type { ConfirmSubnets } from "./confirm-subnets.ts";

export interface TakeAttachmentsDeps {
  directory: Directory;
  confirmSubnets: ConfirmSubnets;
  routes: Pick<RouteStore, "put">;
  /** Told when a route of the service is different. */
  onChange(jobId: string): void;
}

/**
 * Takes where the copies of a cluster are attached. A report without a pair is of what the cluster has now
 * (upstream sends none). What it says of instances that it does not have is kept apart and shown to nobody: the
 * assignment may still be on its way here.
 * @throws AppError service_unknown; bad_request, and then nothing was taken; instance_unknown, and then the others were
 */
export type TakeAttachments = (clusterId: string, report: NetDeployStatus) => Promise<void>;

export function createTakeAttachments(deps: TakeAttachmentsDeps): TakeAttachments {
  const { directory, routes } = deps;
  return async (clusterId, { job_id: jobId, instances }) => {
    if (!directory.isLoaded()) throw errors.unavailable("The services are not known yet");
    const job = directory.job(jobId);
    if (job === undefined) throw errors.service_unknown("Job not found");
    // All are read before one is stored: a bad one leaves nothing half-created.
    const read = instances.map((reported) => ({ reported, place: placeOf(reported) }));
    const places = read.map(({ place }) => place);
    await deps.confirmSubnets(clusterId, places);
    const records = new Map(directory.recordsOf(jobId).map((one) => [one.instance_number, one]));
    const isLiving = (number: number): boolean =>
      records.has(number) || job.members.includes(number);
    let isChanged = false;
    for (const { reported, place } of read) {
      const { instance_number: number } = reported;
      const pair = pairOf(reported, records.get(number), clusterId);
      if (pair === undefined || !isLiving(number)) continue;
      const key = { _id: routeId(instanceKey(jobId, number), clusterId), job_id: jobId };
      const route = { ...key, instance_number: number, cluster_id: clusterId };
      isChanged = (await routes.put({ ...route, ...pair, ...place })) || isChanged;
    }
    if (isChanged) deps.onChange(jobId);
    const gone = instances.map((one) => one.instance_number).filter((one) => !isLiving(one));
    if (gone.length > 0) throw errors.instance_unknown(`No instance ${gone.join(", ")}`);
  };
}

/** Undefined without a pair of its own, when the cluster has no such instance. */
function pairOf(
  { epoch, placement = 0 }: ReportedAttachment,
  record: Instance | undefined,
  clusterId: string,
): Pair | undefined {
  if (epoch !== undefined) return { epoch, placement };
  return record?.child === clusterId ? { epoch: record.epoch, placement } : undefined;
}

type Place = Attachment & Pick<RouteRecord, "worker_id">;

function placeOf(instance: ReportedAttachment): Place {
  const { worker_id: workerId, wireguard } = instance;
  return {
    ...(workerId === undefined ? {} : { worker_id: workerId }),
    namespace_ip: address("namespace_ip", instance.namespace_ip),
    namespace_ip_v6: address("namespace_ip_v6", instance.namespace_ip_v6),
    host_ip: address("host_ip", instance.host_ip),
    host_port: port(instance.host_port),
    ...(wireguard && { wireguard }),
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
