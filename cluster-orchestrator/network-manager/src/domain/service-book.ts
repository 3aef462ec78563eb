import type { TableService } from "@oak/contracts";
import { formatAddress, parseAddress } from "@oak/core";
import type { RecordStore, ServiceRecord } from "../ports.ts";
import { createRecordBook } from "./record-book.ts";

/** What the root told of services, and which workers want to hear of them. Names are compared without case. */
export interface ServiceBook {
  named(name: string): ServiceRecord | undefined;
  /** By an address of the service or of one of its instances, in any spelling. */
  withAddress(text: string): ServiceRecord | undefined;
  all(): Iterable<ServiceRecord>;
  /**
   * @param seen told when it is different from what was known, before it is stored: the root has it
   * @returns whether it is different
   */
  learn(service: TableService, seen?: () => void): Promise<boolean>;
  /** The root does not have it any more. @returns whether it was known */
  unlearn(name: string): Promise<boolean>;
  addWorker(name: string, workerId: string): Promise<void>;
  removeWorker(name: string, workerId: string): Promise<void>;
  drop(name: string): Promise<void>;
}

export interface LoadableServiceBook extends ServiceBook {
  load(): Promise<void>;
}

export function createServiceBook(store: RecordStore<ServiceRecord>): LoadableServiceBook {
  const idsByName = new Map<string, string>();
  const idsByAddress = new Map<string, string>();
  const records = createRecordBook(store, (before, after) => {
    // An address that another service has meanwhile stays with that one.
    for (const address of addressesOf(before)) {
      if (idsByAddress.get(address) === before?._id) idsByAddress.delete(address);
    }
    for (const address of addressesOf(after)) idsByAddress.set(address, after?._id ?? "");
    if (after !== undefined) idsByName.set(after._id.toLowerCase(), after._id);
    else if (before !== undefined) idsByName.delete(before._id.toLowerCase());
  });
  const setWorkers = async (name: string, change: (workers: Set<string>) => boolean) => {
    await records.edit(name, (known) => {
      if (known === undefined) return undefined;
      const workers = new Set(known.workers);
      return change(workers) ? { ...known, workers: [...workers] } : undefined;
    });
  };
  return {
    load: records.load,
    named: (name) => records.get(idsByName.get(name.toLowerCase()) ?? ""),
    withAddress: (text) => {
      const parsed = parseAddress(text);
      if (parsed === undefined) return undefined;
      return records.get(idsByAddress.get(formatAddress(parsed)) ?? "");
    },
    all: records.all,
    learn: (service, seen) =>
      records.edit(
        service.job_name,
        (known) => {
          if (known?.service !== undefined && isSame(known.service, service)) return undefined;
          return { _id: service.job_name, workers: known?.workers ?? [], service };
        },
        seen,
      ),
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

function addressesOf(record: ServiceRecord | undefined): string[] {
  const { service } = record ?? { service: null };
  if (service === null) return [];
  return [
    ...service.service_ip_list.flatMap(({ Address, Address_v6 }) => [Address, Address_v6]),
    ...service.instance_list.flatMap((one) => [one.instance_ip, one.instance_ip_v6]),
  ];
}

/** Both come from one place, so the order of their keys is the same. */
function isSame(left: TableService | null, right: TableService): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
