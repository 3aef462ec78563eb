import { type AttachedReport, type Instance, instanceKey, tunnelPort } from "@oak/contracts";
import { comparePairs, formatAddress, isInSubnetOf, parseAddress } from "@oak/core";
import type { Directory } from "@oak/tier";
import { attachmentId } from "../domain/attachments.ts";
import type { RecordBook } from "../domain/record-book.ts";
import { errors } from "../errors.ts";
import type { AttachmentRecord } from "../ports.ts";
import { type LeaseSubnetDeps, leaseOf } from "./lease-subnet.ts";

export interface TakeAttachedDeps extends Omit<LeaseSubnetDeps, "workers"> {
  directory: Pick<Directory, "jobNamed" | "recordsOf">;
  attachments: RecordBook<AttachmentRecord>;
  /** Told when a service has another route. */
  onChange(jobId: string): void;
}

/**
 * A worker has attached an instance. Without a pair (older workers) it is the copy that the worker is assigned;
 * a lower pair than is stored changes nothing.
 * @throws AppError bad_request, service_unknown
 */
export async function takeAttached(
  deps: TakeAttachedDeps,
  workerId: string,
  report: AttachedReport,
): Promise<void> {
  const { directory, attachments, onChange } = deps;
  const job = directory.jobNamed(report.appname);
  if (job === undefined) throw errors.service_unknown(`No service ${report.appname}`);
  const { instance_number: number } = report;
  const record = directory.recordsOf(job._id).find((known) => known.instance_number === number);
  const pair = pairOf(report, record, workerId);
  if (pair === undefined) throw errors.bad_request(`No assignment of instance ${number}`);
  const attachment: AttachmentRecord = {
    _id: attachmentId(instanceKey(job._id, number), workerId),
    job_id: job._id,
    instance_number: number,
    worker_id: workerId,
    ...pair,
    ...(report.epoch === undefined || report.placement === undefined ? { unpaired: true } : {}),
    ...(await namespaceOf(deps, workerId, report)),
    ...tunnelOf(report),
    reported: false,
  };
  const isNews = await attachments.edit(attachment._id, (known) =>
    known !== undefined && comparePairs(attachment, known) < 0 ? undefined : attachment,
  );
  if (isNews) onChange(job._id);
}

/** The tunnel of a worker has another address: so have all copies that it has attached. */
export async function takeAddressChange(
  { directory, attachments, onChange }: TakeAttachedDeps,
  workerId: string,
  report: AttachedReport,
): Promise<void> {
  const tunnel = tunnelOf(report);
  const jobId = directory.jobNamed(report.appname)?._id;
  const own = [...attachments.all()].filter(({ worker_id: id }) => id === workerId);
  // upstream: names one instance of one service, by a name that never fits; the address is of them all.
  if (own.length === 0 && jobId === undefined) throw errors.service_unknown();
  for (const { _id, job_id: changedJob } of own) {
    const isNews = await attachments.edit(_id, (known) =>
      known === undefined ? undefined : { ...known, ...tunnel, reported: false },
    );
    if (isNews) onChange(changedJob);
  }
}

/**
 * Tunnels lead to whole subnets: who could name an address in that of another worker would draw all packets to its
 * workloads to himself.
 */
async function namespaceOf(
  deps: TakeAttachedDeps,
  workerId: string,
  report: AttachedReport,
): Promise<Pick<AttachmentRecord, "namespace_ip" | "namespace_ip_v6">> {
  const [v4, v6] = [address("nsip", report.nsip), address("nsipv6", report.nsipv6)];
  const lease = await leaseOf(deps, workerId);
  if (!isInSubnetOf(lease.subnet_addr, v4) || !isInSubnetOf(lease.subnet_addr_v6, v6)) {
    throw errors.bad_request(`${v4} and ${v6} are not of the subnet that this worker was leased`);
  }
  return { namespace_ip: v4, namespace_ip_v6: v6 };
}

function pairOf(report: AttachedReport, record: Instance | undefined, workerId: string) {
  const { epoch, placement } = report;
  if (epoch !== undefined && placement !== undefined) return { epoch, placement };
  if (record === undefined || record.child !== workerId) return undefined;
  return { epoch: record.epoch, placement: record.placement };
}

type Tunnel = Pick<AttachmentRecord, "host_ip" | "host_port" | "wireguard">;

function tunnelOf(report: AttachedReport): Tunnel {
  const port = tunnelPort(report.host_port);
  if (port === undefined) throw errors.bad_request("host_port is above 65535");
  const { wireguard } = report;
  const host = { host_ip: address("host_ip", report.host_ip), host_port: port };
  return wireguard === undefined ? host : { ...host, wireguard };
}

function address(key: string, text: string): string {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw errors.bad_request(`${key} is not an address`);
  return formatAddress(parsed);
}
