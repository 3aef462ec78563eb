import type {
  Attachment,
  Instance,
  InstanceKey,
  TableInstance,
  TableService,
} from "@oak/contracts";
import { comparePairs, drainedCopies } from "@oak/core";
import { isServing } from "@oak/tier";
import type { AttachmentRecord } from "../ports.ts";
import { isOf } from "./attachments.ts";

/** What this cluster knows better than the root: its own copies. */
export interface LocalFacts {
  clusterId: string | undefined;
  recordsOf(jobId: string): readonly Instance[];
  attachment(key: InstanceKey, workerId: string): AttachmentRecord | undefined;
}

/**
 * A service as the root tells it, with the copies of this cluster as they are here and now: a change in the cluster
 * needs no word of the root, and none of them waits for it while the root is away.
 */
export function localTable(service: TableService, facts: LocalFacts): TableService {
  const records = new Map(
    facts.recordsOf(service._id).map((record) => [record.instance_number, record]),
  );
  const instances = service.instance_list.map((told): TableInstance => {
    // Where a copy of ours was attached before is of no use.
    const { wireguard, ...instance } = told;
    const record = records.get(instance.instance_number);
    const isHere = record !== undefined && record.phase === "assigned";
    if (isHere && record.epoch >= (instance.epoch ?? 0)) {
      return { ...instance, ...placeOf(record, facts) };
    }
    // The root has not heard yet that the copy is gone from here.
    const isOurs = instance.cluster_id === facts.clusterId && facts.clusterId !== undefined;
    return isOurs ? { ...instance, ...nowhere } : told;
  });
  return { ...service, instance_list: instances };
}

const nowhere = {
  namespace_ip: null,
  namespace_ip_v6: null,
  host_ip: null,
  host_port: null,
  serving: false,
};

function placeOf(record: Instance, facts: LocalFacts): Partial<TableInstance> {
  const { epoch, placement } = record;
  const cluster = facts.clusterId === undefined ? {} : { cluster_id: facts.clusterId };
  const place = { ...cluster, epoch, placement, worker_id: record.child ?? "" };
  const attached = facts.attachment(record._id, place.worker_id);
  if (attached === undefined || !isOf(record, attached)) return { ...place, ...nowhere };
  const left = leftBehind(record, facts);
  return {
    ...place,
    ...placeAt(attached),
    serving: isServing(record),
    ...(left.length === 0 ? {} : { draining: left }),
  };
}

function placeAt(attached: AttachmentRecord): Attachment {
  const { namespace_ip, namespace_ip_v6, host_ip, host_port, wireguard } = attached;
  const place = { namespace_ip, namespace_ip_v6, host_ip, host_port };
  return wireguard === undefined ? place : { ...place, wireguard };
}

/** Where connections that are open may go on, and no new ones begin. */
function leftBehind(record: Instance, facts: LocalFacts): Attachment[] {
  return drainedCopies(record).flatMap((copy) => {
    const attached = facts.attachment(record._id, copy.child);
    if (attached === undefined || comparePairs(attached, copy) !== 0) return [];
    return [placeAt(attached)];
  });
}
