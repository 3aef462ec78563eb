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

/** Cores, MB and GPUs; inside placement always in these units. */
export interface Amounts {
  vcpus: number;
  memory: number;
  vgpus: number;
}

/** Cores, MB and GPUs of a need or a hold. */
export function amountsOf(need: Need): Amounts {
  return {
    vcpus: needUnits(need.vcpus),
    memory: needUnits(need.memory),
    vgpus: needUnits(need.vgpus),
  };
}

/** Cores, MB and GPUs of what somebody has. */
export function capacityOf(amounts: Amounts): Amounts {
  return {
    vcpus: capacityUnits(amounts.vcpus),
    memory: capacityUnits(amounts.memory),
    vgpus: capacityUnits(amounts.vgpus),
  };
}

export function subtract(left: Amounts, right: Amounts): Amounts {
  return {
    vcpus: left.vcpus - right.vcpus,
    memory: left.memory - right.memory,
    vgpus: left.vgpus - right.vgpus,
  };
}
