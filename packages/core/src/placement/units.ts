import type { Need } from "@oak/contracts";

/**
 * Amounts are compared and summed as whole thousandths (of a core, a MB, a GPU). Sums of fractions of
 * floats depend on their order; sums of whole numbers do not, and capacity must not depend on it.
 */
const PER_ONE = 1000;

/** Swallows what multiplication adds below a thousandth: 1.1 × 1000 is 1100.0000000000002. */
const ROUNDING = 1e-6;

/** What a child has, rounded down. */
export function capacityUnits(amount: number): number {
  return Math.floor(amount * PER_ONE + ROUNDING);
}

/** What an instance takes, rounded up. */
export function needUnits(amount: number): number {
  return Math.ceil(amount * PER_ONE - ROUNDING);
}

export function fromUnits(units: number): number {
  return units / PER_ONE;
}

/** Cores, MB, GPUs and addresses; inside placement always in these units. */
export interface Amounts {
  vcpus: number;
  memory: number;
  vgpus: number;
  /** Infinity: no limit is known */
  addresses: number;
}

/** What every instance takes of the addresses, whatever it asks for besides. */
const ONE_ADDRESS = PER_ONE;

/** What a need or a hold takes. */
export function amountsOf(need: Need): Amounts {
  return {
    vcpus: needUnits(need.vcpus),
    memory: needUnits(need.memory),
    vgpus: needUnits(need.vgpus),
    addresses: ONE_ADDRESS,
  };
}

/** What somebody has. */
export function capacityOf(
  amounts: Omit<Amounts, "addresses"> & { addresses?: number | undefined },
): Amounts {
  const { addresses = Number.POSITIVE_INFINITY } = amounts;
  return {
    vcpus: capacityUnits(amounts.vcpus),
    memory: capacityUnits(amounts.memory),
    vgpus: capacityUnits(amounts.vgpus),
    addresses: capacityUnits(addresses),
  };
}

/** Addresses as they are told: nothing where there is no limit. */
export function addressesToTell(units: number): { addresses?: number } {
  return Number.isFinite(units) ? { addresses: Math.floor(fromUnits(Math.max(0, units))) } : {};
}

export function subtract(left: Amounts, right: Amounts): Amounts {
  return {
    vcpus: left.vcpus - right.vcpus,
    memory: left.memory - right.memory,
    vgpus: left.vgpus - right.vgpus,
    addresses: left.addresses - right.addresses,
  };
}
