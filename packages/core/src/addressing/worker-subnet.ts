import { type Address, formatAddress } from "./address.ts";

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
    subnet: `${at(0)}/${base.family === 4 ? 26 : 120}`,
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
