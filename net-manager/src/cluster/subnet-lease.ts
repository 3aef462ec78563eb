import type { SubnetResult } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import { canonicalPair, subnetOf } from "../domain/subnets.ts";
import type { Subnet } from "../ports.ts";

/** The subnet that the cluster leases to this worker: asked for until it is told. */
export interface SubnetLease {
  /** Asks, and goes on asking until an answer comes. */
  ask(): void;
  answered(result: SubnetResult): void;
  stop(): void;
}

export interface SubnetLeaseOptions {
  send(message: { METHOD: "GET" }): boolean;
  onSubnet(subnet: Subnet): void;
  clock: Clock;
  repeatMs?: number;
}

const defaultRepeatMs = 1_000;

export function createSubnetLease(options: SubnetLeaseOptions): SubnetLease {
  const { send, onSubnet, clock, repeatMs = defaultRepeatMs } = options;
  let cancel: (() => void) | undefined;

  const stop = (): void => {
    cancel?.();
    cancel = undefined;
  };
  const ask = (): void => {
    stop();
    cancel = clock.setTimer(repeatMs, ask);
    send({ METHOD: "GET" });
  };
  return {
    ask,
    answered: ({ address, addressv6 }) => {
      const base = canonicalPair(address, addressv6);
      const subnet = base === undefined ? undefined : subnetOf(base);
      // An address outside the plan is no answer.
      if (base === undefined || subnet === undefined || subnet.v4 !== base.v4) return;
      stop();
      onSubnet(subnet);
    },
    stop,
  };
}
