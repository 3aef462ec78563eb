import type { TableService } from "@oak/contracts";
import { formatAddress, parseAddress } from "@oak/core";
import type { ServiceRecord } from "../ports.ts";
import type { RecordBook } from "./record-book.ts";

/** What the root told of services, and which workers want to hear of them. Names are compared without case. */
export interface ServiceBook {
  named(name: string): ServiceRecord | undefined;
  /** By an address of the service or of one of its instances, in any spelling. */
  withAddress(text: string): ServiceRecord | undefined;
  all(): Iterable<ServiceRecord>;
  /** @returns whether it is different from what was known */
  learn(service: TableService): Promise<boolean>;
  /** The root does not have it any more. @returns whether it was known */
  unlearn(name: string): Promise<boolean>;
  addWorker(name: string, workerId: string): Promise<void>;
  removeWorker(name: string, workerId: string): Promise<void>;
  drop(name: string): Promise<void>;
}

export function createServiceBook(records: RecordBook<ServiceRecord>): ServiceBook {
  const setWorkers = async (name: string, change: (workers: Set<string>) => boolean) => {
    await records.edit(name, (known) => {
      if (known === undefined) return undefined;
      const workers = new Set(known.workers);
      return change(workers) ? { ...known, workers: [...workers] } : undefined;
    });
  };
  return {
    named: (name) => {
      const exact = records.get(name);
      if (exact !== undefined) return exact;
      const key = name.toLowerCase();
      for (const record of records.all()) if (record._id.toLowerCase() === key) return record;
      return undefined;
    },
    withAddress: (text) => {
      const parsed = parseAddress(text);
      const address = parsed === undefined ? text : formatAddress(parsed);
      for (const record of records.all()) if (hasAddress(record, address)) return record;
      return undefined;
    },
    all: records.all,
    learn: (service) =>
      records.edit(service.job_name, (known) => {
        if (known?.service !== undefined && isSame(known.service, service)) return undefined;
        return { _id: service.job_name, workers: known?.workers ?? [], service };
      }),
    unlearn: (name) =>
      records.edit(name, (known) =>
        known === undefined || known.service === null ? undefined : { ...known, service: null },
      ),
    addWorker: (name, workerId) =>
      setWorkers(name, (workers) => !workers.has(workerId) && workers.add(workerId).size > 0),
    removeWorker: (name, workerId) => setWorkers(name, (workers) => workers.delete(workerId)),
    drop: records.remove,
  };
}

function hasAddress({ service }: ServiceRecord, address: string): boolean {
  if (service === null) return false;
  return (
    service.service_ip_list.some(
      ({ Address, Address_v6 }) => Address === address || Address_v6 === address,
    ) ||
    service.instance_list.some(
      (one) => one.instance_ip === address || one.instance_ip_v6 === address,
    )
  );
}

/** Both come from one place, so the order of their keys is the same. */
function isSame(left: TableService | null, right: TableService): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
