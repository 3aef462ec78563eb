import type { GivenAddresses, ServiceIp } from "@oak/contracts";
import { holderKey, parseHolderKey } from "@oak/core";
import type { AddressRecord, AddressStore } from "../ports.ts";

/** Which addresses services and their instances have, from one question to the database. */
export type ListAddresses = (jobIds: readonly string[]) => Promise<GivenAddresses[]>;

export function createListAddresses({
  addresses,
}: {
  addresses: Pick<AddressStore, "ofJobs">;
}): ListAddresses {
  return async (jobIds) => {
    const byJob = new Map<string, AddressRecord[]>();
    for (const record of await addresses.ofJobs(jobIds)) {
      const known = byJob.get(record.job_id ?? "");
      if (known === undefined) byJob.set(record.job_id ?? "", [record]);
      else known.push(record);
    }
    return [...byJob].map(([jobId, held]) => givenTo(jobId, held));
  };
}

function givenTo(jobId: string, held: readonly AddressRecord[]): GivenAddresses {
  const byHolder = new Map(held.map(({ holder = "", address }) => [holder, address]));
  const given: GivenAddresses = { job_id: jobId, service_ip_list: [], instance_list: [] };
  for (const key of byHolder.keys()) {
    const { holder, family } = parseHolderKey(key) ?? {};
    if (holder === undefined || family !== 4) continue;
    const v4 = byHolder.get(key);
    const v6 = byHolder.get(holderKey(holder, 6));
    if (v4 === undefined || v6 === undefined) continue;
    if (holder.kind === "instance") {
      given.instance_list.push({
        instance_number: holder.instanceNumber,
        instance_ip: v4,
        instance_ip_v6: v6,
      });
    } else if (holder.kind !== "worker") {
      given.service_ip_list.push({ IpType: holder.kind, Address: v4, Address_v6: v6 });
    }
  }
  return inOrder(given);
}

const order: readonly ServiceIp["IpType"][] = ["RR", "Closest"];

function inOrder({ service_ip_list: services, instance_list: instances, ...rest }: GivenAddresses) {
  return {
    ...rest,
    service_ip_list: services.toSorted((a, b) => order.indexOf(a.IpType) - order.indexOf(b.IpType)),
    instance_list: instances.toSorted((a, b) => a.instance_number - b.instance_number),
  };
}
