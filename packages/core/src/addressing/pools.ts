import { addressValue, octetsOf } from "./address.ts";

/** Where addresses come from, by what they are for. */
export const POOL_NAMES = [
  "service_v4",
  "instance_v6",
  "rr_v6",
  "closest_v6",
  "subnet_v4",
  "subnet_v6",
] as const;
export type PoolName = (typeof POOL_NAMES)[number];

/**
 * A sequence of addresses that are handed out one after the other.
 * INVARIANT: `successor` grows, so what lies below a pool's next address was handed out or skipped.
 */
export interface Pool {
  name: PoolName;
  family: 4 | 6;
  first: bigint;
  /** Undefined at the end. upstream: the address without a successor is never handed out. */
  successor(value: bigint): bigint | undefined;
  /** Whether it is one of the sequence; others can be chosen by users at most. */
  contains(value: bigint): boolean;
}

/**
 * Octets 3 and 4 count from 0 to 253; upstream, which also gives round robin, closest and instance addresses of a
 * service out of this one range.
 */
const serviceV4: Pool = {
  name: "service_v4",
  family: 4,
  first: addressValue("10.30.0.0"),
  successor: (value) => {
    const [, , third, fourth] = octetsOf(value);
    const nextFourth = (fourth + 1) % 254;
    const nextThird = nextFourth === 0 ? (third + 1) % 254 : third;
    if (nextFourth === 0 && nextThird === 0) return undefined;
    return addressValue("10.30.0.0") + BigInt(nextThird * 256 + nextFourth);
  },
  contains: (value) => {
    const [first, second, third, fourth] = octetsOf(value);
    return first === 10 && second === 30 && third <= 253 && fourth <= 253;
  },
};

const subnetV4Step = 64n;
const subnetV4End = addressValue("10.30.0.0");

const subnetV4: Pool = {
  name: "subnet_v4",
  family: 4,
  first: addressValue("10.18.0.0"),
  successor: (value) => below(value + subnetV4Step, subnetV4End),
  contains: (value) =>
    value >= addressValue("10.18.0.0") && value < subnetV4End && value % subnetV4Step === 0n,
};

const subnetV6Step = 256n;
const subnetV6End = addressValue("fdfe::");

const subnetV6: Pool = {
  name: "subnet_v6",
  family: 6,
  first: addressValue("fc00::"),
  successor: (value) => below(value + subnetV6Step, subnetV6End),
  contains: (value) =>
    value >= addressValue("fc00::") && value < subnetV6End && value % subnetV6Step === 0n,
};

const counterMask = (1n << 80n) - 1n;
const secondInstanceRange = addressValue("fdff:800::");

/** Two /21; the second is entered when the 80-bit counter of the first is used up. */
const instanceV6: Pool = {
  name: "instance_v6",
  family: 6,
  first: addressValue("fdff::"),
  successor: (value) => {
    if ((value & counterMask) !== counterMask) return value + 1n;
    return value < secondInstanceRange ? secondInstanceRange : undefined;
  },
  contains: (value) => value >= addressValue("fdff::") && value < addressValue("fdff:1000::"),
};

/** One /21 of the plan for each policy; the slot of a policy is in bits 17 to 20. */
function policyPool(name: PoolName, prefix: string): Pool {
  const first = addressValue(prefix);
  return {
    name,
    family: 6,
    first,
    successor: (value) => ((value & counterMask) === counterMask ? undefined : value + 1n),
    contains: (value) => value >= first && value <= first + counterMask,
  };
}

export const POOLS: Readonly<Record<PoolName, Pool>> = {
  service_v4: serviceV4,
  instance_v6: instanceV6,
  rr_v6: policyPool("rr_v6", "fdff:2000::"),
  closest_v6: policyPool("closest_v6", "fdff:1000::"),
  subnet_v4: subnetV4,
  subnet_v6: subnetV6,
};

function below(value: bigint, end: bigint): bigint | undefined {
  return value < end ? value : undefined;
}

/**
 * Never handed out: older workers have their tunnel device at 10.19.1.254, inside this one, on every machine.
 */
const reservedAddresses: ReadonlySet<bigint> = new Set([addressValue("10.19.1.192")]);

export function isReserved({ family }: Pool, value: bigint): boolean {
  return family === 4 && reservedAddresses.has(value);
}
