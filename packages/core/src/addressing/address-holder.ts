import type { PoolName } from "./pools.ts";

/** Who has an address: a service by policy, one of its instances, or a worker (its subnet). */
export type AddressHolder =
  | { kind: "RR" | "Closest"; jobId: string }
  | { kind: "instance"; jobId: string; instanceNumber: number }
  | { kind: "worker"; clusterId: string; workerId: string };

const pools = {
  RR: { 4: "service_v4", 6: "rr_v6" },
  Closest: { 4: "service_v4", 6: "closest_v6" },
  instance: { 4: "service_v4", 6: "instance_v6" },
  worker: { 4: "subnet_v4", 6: "subnet_v6" },
} as const satisfies Record<AddressHolder["kind"], Record<4 | 6, PoolName>>;

/** Where a holder's address of one family comes from. */
export function poolOf({ kind }: AddressHolder, family: 4 | 6): PoolName {
  return pools[kind][family];
}

/** One text for each holder and family: what has to be unique. */
export function holderKey(holder: AddressHolder, family: 4 | 6): string {
  return `${family}/${holderName(holder)}`;
}

function holderName(holder: AddressHolder): string {
  switch (holder.kind) {
    case "RR":
    case "Closest":
      return `${holder.kind}/${holder.jobId}`;
    case "instance":
      return `instance/${holder.jobId}/${holder.instanceNumber}`;
    case "worker":
      return `worker/${holder.clusterId}/${holder.workerId}`;
  }
}

/** The holder of a service's or an instance's address from its key; undefined for workers and for what is no key. */
export function parseHolderKey(key: string): { holder: AddressHolder; family: 4 | 6 } | undefined {
  const [familyText, kind, jobId = "", number, ...more] = key.split("/");
  const family = familyText === "4" ? 4 : 6;
  if (familyText !== String(family) || jobId === "" || more.length > 0) return undefined;
  if (kind === "instance" && number !== undefined && /^\d+$/.test(number)) {
    return { holder: { kind, jobId, instanceNumber: Number(number) }, family };
  }
  if ((kind === "RR" || kind === "Closest") && number === undefined) {
    return { holder: { kind, jobId }, family };
  }
  return undefined;
}
