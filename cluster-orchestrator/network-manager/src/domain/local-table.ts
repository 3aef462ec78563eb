import type { Instance, TableInstance, TableService } from "@oak/contracts";
import { isServing } from "@oak/tier";
import type { AttachedCopy, AttachmentRecord } from "../ports.ts";

/** What this cluster knows better than the root: its own copies. */
export interface LocalFacts {
  clusterId: string | undefined;
  recordsOf(jobId: string): readonly Instance[];
  attachment(key: string): AttachmentRecord | undefined;
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
  const latest = facts.attachment(record._id);
  const attached = [latest, latest?.before].find((copy) => copy && isOf(record, copy));
  if (attached === undefined) return { ...place, ...nowhere };
  const { namespace_ip, namespace_ip_v6, host_ip, host_port, wireguard } = attached;
  const serving = isServing(record);
  const tunnel = wireguard === undefined ? {} : { wireguard };
  return { ...place, namespace_ip, namespace_ip_v6, host_ip, host_port, ...tunnel, serving };
}

/** A copy that was given up is never routed to, however late its worker reports. */
export function isOf(record: Instance, attached: AttachedCopy): boolean {
  return (
    record.child === attached.worker_id &&
    record.epoch === attached.epoch &&
    record.placement === attached.placement
  );
}
