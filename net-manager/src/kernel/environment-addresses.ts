import { formatAddress, octetsOf, parseAddress, workerAddresses } from "@oak/core";
import type { Addresses, Subnet } from "../ports.ts";

/** What follows from the subnet that a worker was leased. */
export interface SubnetPlan {
  /** With the lengths of the prefixes. */
  prefixes: Addresses;
  bridge: Addresses;
  /** How many workloads find room. */
  size: number;
  /** The n-th pair, from 0. Throws RangeError beyond `size`. */
  workload(n: number): Addresses;
  /** The number of the pair with this IPv4 address; undefined for what is none of them. */
  indexOf(v4: string): number | undefined;
}

/** @throws RangeError for what is no pair of addresses */
export function planSubnet(subnet: Subnet): SubnetPlan {
  const v4 = workerAddresses(read(subnet.v4));
  const v6 = workerAddresses(read(subnet.v6));
  const base = read(subnet.v4).value;
  return {
    prefixes: { v4: v4.subnet, v6: v6.subnet },
    bridge: { v4: v4.bridge, v6: v6.bridge },
    size: v4.size,
    workload: (n) => ({ v4: v4.workload(n), v6: v6.workload(n) }),
    indexOf: (text) => {
      const address = parseAddress(text);
      if (address?.family !== 4) return undefined;
      const index = Number(address.value - base) - 2;
      return index >= 0 && index < v4.size ? index : undefined;
    },
  };
}

/** The one spelling in which the kernel's answers are compared. @throws RangeError for what is no address */
export function canonical(address: string): string {
  return formatAddress(read(address));
}

/** As many subnets as there are from the first one on find room in it. */
const innerRange = {
  first: read("10.31.0.0").value,
  subnets: read("10.18.0.0").value,
  size: 16_384n,
};
const subnetBits = 6n;

/**
 * The address of a worker inside WireGuard, which only encapsulated packets carry: nobody else can have it, and all work out the same one. Not that of the bridge: what
 * the host's own programs say to it would take another way than the answers.
 * @throws RangeError for what is no subnet of a worker
 */
export function innerAddress(subnet: Pick<Subnet, "v4">): string {
  const index = (read(subnet.v4).value - innerRange.subnets) >> subnetBits;
  if (index < 0n || index >= innerRange.size) throw new RangeError(`${subnet.v4} is no subnet`);
  return formatAddress({ family: 4, value: innerRange.first + index });
}

/** Whose device it is; part of its MAC, so that no two devices of one worker share one. */
const macKinds = { tunnel: 0, bridge: 1, workload: 2, port: 3 } as const;

/**
 * The MAC of a device, from an IPv4 address that only it has: after a restart, or on another worker, everybody works out the same one.
 */
export function macOf(kind: keyof typeof macKinds, v4: string): string {
  const bytes = [0x02, macKinds[kind], ...octetsOf(read(v4).value)];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** Name of the host's end of a pair, at most 15 characters with a prefix of up to 7. */
export function portName(prefix: string, v4: string): string {
  return `${prefix}${read(v4).value.toString(16).padStart(8, "0")}`;
}

/** The address that {@link portName} was made from; undefined for a foreign name. */
export function addressOfPort(prefix: string, name: string): string | undefined {
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  if (!/^[0-9a-f]{8}$/.test(rest)) return undefined;
  return formatAddress({ family: 4, value: BigInt(`0x${rest}`) });
}

function read(text: string): { family: 4 | 6; value: bigint } {
  const address = parseAddress(text);
  if (address === undefined) throw new RangeError(`${text} is not an address`);
  return address;
}
