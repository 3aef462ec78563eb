import { netTopic } from "@oak/contracts";
import type { RecordBook } from "../domain/record-book.ts";
import type { ServiceBook } from "../domain/service-book.ts";
import type { AttachmentRecord, LeaseRecord, RootNetwork, WorkerMessages } from "../ports.ts";

export interface LeaseSubnetDeps {
  leases: RecordBook<LeaseRecord>;
  root: Pick<RootNetwork, "lease">;
  workers: WorkerMessages;
}

/** A worker keeps its subnet across restarts of everybody, and gets it while the root is away. */
export async function leaseSubnet(deps: LeaseSubnetDeps, workerId: string): Promise<void> {
  const { subnet_addr: address, subnet_addr_v6: addressv6 } = await leaseOf(deps, workerId);
  deps.workers.publish(netTopic(workerId, "subnetResult"), { address, addressv6 });
}

/** From memory, else from the root, which gives one worker the same subnet however often it is asked. */
export async function leaseOf(
  { leases, root }: Omit<LeaseSubnetDeps, "workers">,
  workerId: string,
): Promise<LeaseRecord> {
  const known = leases.get(workerId);
  if (known !== undefined && !known.returning) return known;
  const lease = { _id: workerId, ...(await root.lease(workerId)), returning: false };
  await leases.edit(workerId, () => lease);
  return lease;
}

export interface ForgetWorkerDeps {
  leases: RecordBook<LeaseRecord>;
  services: ServiceBook;
  attachments: RecordBook<AttachmentRecord>;
}

/** A worker was taken out: it asks for nothing, has attached nothing, and its subnet goes back to the root. */
export async function forgetWorker(deps: ForgetWorkerDeps, workerId: string): Promise<void> {
  for (const { _id, workers } of [...deps.services.all()]) {
    if (workers.includes(workerId)) await deps.services.removeWorker(_id, workerId);
  }
  for (const { _id, worker_id: id } of [...deps.attachments.all()]) {
    if (id === workerId) await deps.attachments.remove(_id);
  }
  await deps.leases.edit(workerId, (lease) =>
    lease === undefined ? undefined : { ...lease, returning: true },
  );
}
