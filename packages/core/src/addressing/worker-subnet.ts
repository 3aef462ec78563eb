import { type Address, formatAddress, parseAddress } from "./address.ts";

const prefixLength = { 4: 26, 6: 120 } as const;

/** Base address of the /26 or /120 that an address lies in. */
export function subnetBase({ family, value }: Address): Address {
  const rest = BigInt((family === 4 ? 32 : 128) - prefixLength[family]);
  return { family, value: (value >> rest) << rest };
}

/** Whether an address lies in the subnet with this base address; false for what is no address. */
export function isInSubnetOf(base: string, text: string): boolean {
  const [from, address] = [parseAddress(base), parseAddress(text)];
  if (from === undefined || address?.family !== from.family) return false;
  return subnetBase(address).value === from.value;
}

/** The addresses inside a worker's subnet: a bridge, and one of each family for each workload. */
export interface WorkerAddresses {
  bridge: string;
  /** With the length of the prefix. */
  subnet: string;
  /** How many workloads find room. */
  size: number;
  /** The n-th, from 0. Throws RangeError beyond `size`. */
  workload(n: number): string;
}

/** Both families are given together, so the smaller /26 says how many there are. */
const workloadsPerWorker = 61;

/** @param base as leased: the first address of a /26 or a /120 */
export function workerAddresses(base: Address): WorkerAddresses {
  const at = (offset: number): string =>
    formatAddress({ family: base.family, value: base.value + BigInt(offset) });
  return {
    bridge: at(1),
    subnet: `${at(0)}/${prefixLength[base.family]}`,
    size: workloadsPerWorker,
    workload: (n) => {
      if (!Number.isInteger(n) || n < 0 || n >= workloadsPerWorker) {
        throw new RangeError(
          `A worker has addresses for ${workloadsPerWorker} workloads, not ${n}`,
        );
      }
      return at(2 + n);
    },
  };
}
