import {
  formatAddress,
  parseAddress,
  subnetBase,
  type WorkerAddresses,
  workerAddresses,
} from "@oak/core";
import type { Addresses, Subnet } from "../ports.ts";

const firstSubnet = { family: 4, value: 0x0a12_0000n } as const;
const lastSubnet = 0x0a1d_ffffn;

/** An address in the one spelling that is compared; undefined for what is no address of this family. */
export function canonical(text: string | null | undefined, family: 4 | 6): string | undefined {
  const address = parseAddress(text ?? "");
  return address?.family === family ? formatAddress(address) : undefined;
}

/** Both families at once; undefined unless both are addresses. */
export function canonicalPair(
  v4: string | null | undefined,
  v6: string | null | undefined,
): Addresses | undefined {
  const four = canonical(v4, 4);
  const six = canonical(v6, 6);
  return four === undefined || six === undefined ? undefined : { v4: four, v6: six };
}

/** The subnet that namespace addresses are of; undefined outside the ranges that workers are leased. */
export function subnetOf(namespace: Addresses): Subnet | undefined {
  const v4 = parseAddress(namespace.v4);
  if (v4?.family !== 4 || v4.value < firstSubnet.value || v4.value > lastSubnet) return undefined;
  const base = baseOf(namespace.v4, 4);
  const base6 = baseOf(namespace.v6, 6);
  return base === undefined || base6 === undefined ? undefined : { v4: base, v6: base6 };
}

/** The address of a worker's bridge, and of its ends of tunnels. */
export function bridgeOf(base: string): string {
  return addressesOf(base).bridge;
}

/** How many workloads find room in it. */
export function capacityOf(base: string): number {
  return addressesOf(base).size;
}

function addressesOf(base: string): WorkerAddresses {
  const address = parseAddress(base);
  if (address === undefined) throw new RangeError(`${base} is not an address`);
  return workerAddresses(address);
}

function baseOf(text: string, family: 4 | 6): string | undefined {
  const address = parseAddress(text);
  return address?.family === family ? formatAddress(subnetBase(address)) : undefined;
}
