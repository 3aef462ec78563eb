import type { TableService } from "@oak/contracts";
import { formatAddress, parseAddress } from "@oak/core";
import type { AppError } from "@oak/kit";
import type { Directory } from "@oak/tier";
import { errors } from "../errors.ts";
import type { AddressStore, ClusterStore } from "../ports.ts";
import type { SettleService } from "./settle-service.ts";
import type { ViewServices } from "./view-services.ts";

export interface AnswerQueryDeps {
  directory: Directory;
  addresses: Pick<AddressStore, "find">;
  clusters: Pick<ClusterStore, "addInterest">;
  settle: SettleService;
  view: ViewServices;
}

/** By name, or by any address of the service or of one of its instances. */
export type TableKey = { name: string } | { ip: string };

/**
 * Answers what stands behind a name or an address, and remembers that the cluster wants to hear of it.
 * upstream: an unknown service is answered with an empty object, and null becomes an interest.
 * @throws AppError service_unknown, bad_request
 */
export type AnswerQuery = (key: TableKey, clusterId: string | undefined) => Promise<TableService>;

export function createAnswerQuery(deps: AnswerQueryDeps): AnswerQuery {
  return async (key, clusterId) => {
    if (!deps.directory.isLoaded()) throw errors.unavailable("The services are not known yet");
    const job = await findJob(deps, key);
    // Before the answer is made: what changes from here on is told to the cluster as well.
    if (clusterId !== undefined) await deps.clusters.addInterest(clusterId, job.job_name);
    return whole(deps, job._id);
  };
}

/** Also for what belongs to somebody else: both are answered in the same words. */
export function unknownService(key: TableKey): AppError {
  return errors.service_unknown("name" in key ? `No service ${key.name}` : `Nobody has ${key.ip}`);
}

async function findJob(deps: AnswerQueryDeps, key: TableKey) {
  if ("name" in key) {
    const job = deps.directory.jobNamed(key.name);
    if (job === undefined) throw unknownService(key);
    return job;
  }
  const parsed = parseAddress(key.ip);
  if (parsed === undefined) throw errors.bad_request(`${JSON.stringify(key.ip)} is not an address`);
  const record = await deps.addresses.find(formatAddress(parsed));
  const job = deps.directory.job(record?.job_id ?? "");
  if (job === undefined || job.deleted) throw unknownService(key);
  return job;
}

/** A service that was made a moment ago may not have its addresses yet. */
async function whole(deps: AnswerQueryDeps, jobId: string): Promise<TableService> {
  const [service] = await deps.view([jobId]);
  if (service !== undefined && service.service_ip_list.length > 0) return service;
  await deps.settle(jobId, { graceS: Number.POSITIVE_INFINITY });
  const [settled] = await deps.view([jobId]);
  if (settled === undefined) throw errors.service_unknown();
  return settled;
}
