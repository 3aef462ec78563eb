import { netTopic, type TunnelOffer } from "@oak/contracts";
import { formatAddress, parseAddress } from "@oak/core";
import type { Directory } from "@oak/tier";
import type { RecordBook } from "../domain/record-book.ts";
import { errors } from "../errors.ts";
import type { LeaseRecord, RootNetwork, WorkerMessages } from "../ports.ts";

export interface PassOfferDeps {
  directory: Pick<Directory, "jobNamed" | "recordsOf">;
  leases: RecordBook<LeaseRecord>;
  root: Pick<RootNetwork, "offer">;
  workers: WorkerMessages;
}

/**
 * A worker of this cluster is about to reach an instance by an encrypted tunnel: the worker that has it must know by then. Only for its own subnet, so that nobody
 * draws packets of others to himself.
 * @throws AppError bad_request, service_unknown
 */
export async function passOffer(
  deps: PassOfferDeps,
  workerId: string,
  offer: TunnelOffer,
): Promise<void> {
  const lease = deps.leases.get(workerId);
  const isOwn =
    lease !== undefined &&
    isSameAddress(lease.subnet_addr, offer.subnet) &&
    isSameAddress(lease.subnet_addr_v6, offer.subnetv6);
  if (!isOwn) throw errors.bad_request(`${offer.subnet} is not leased to this worker`);
  if (deliverOffer(deps, offer) || (await deps.root.offer(offer))) return;
  throw errors.service_unknown(`No instance ${offer.instance_number} of ${offer.appname}`);
}

/** Tells the worker of this cluster that has the instance; false: none has. */
export function deliverOffer(
  { directory, workers }: Pick<PassOfferDeps, "directory" | "workers">,
  offer: TunnelOffer,
): boolean {
  const job = directory.jobNamed(offer.appname);
  if (job === undefined) return false;
  const record = directory
    .recordsOf(job._id)
    .find(({ instance_number: number }) => number === offer.instance_number);
  if (record?.phase !== "assigned" || record.child === null) return false;
  workers.publish(netTopic(record.child, "tunnelOffered"), offer);
  return true;
}

function isSameAddress(one: string, other: string): boolean {
  const [a, b] = [parseAddress(one), parseAddress(other)];
  return a !== undefined && b !== undefined && formatAddress(a) === formatAddress(b);
}
