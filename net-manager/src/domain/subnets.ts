import { formatAddress, isInside, parseAddress } from "@oak/core";
import type { Addresses, Subnet } from "../ports.ts";

const prefixLength = { 4: 26, 6: 120 } as const;
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

/** Whether an address lies in a worker's subnet, either family. */
export function isInSubnet(address: string, subnet: Subnet): boolean {
  const parsed = parseAddress(address);
  if (parsed === undefined) return false;
  const base = parseAddress(parsed.family === 4 ? subnet.v4 : subnet.v6);
  return base !== undefined && isInside(parsed, { ...base, length: prefixLength[parsed.family] });
}

function baseOf(text: string, family: 4 | 6): string | undefined {
  const address = parseAddress(text);
  if (address?.family !== family) return undefined;
  const rest = BigInt((family === 4 ? 32 : 128) - prefixLength[family]);
  return formatAddress({ family, value: (address.value >> rest) << rest });
}
