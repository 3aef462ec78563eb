import type { Instance, Job } from "@oak/contracts";
import { type AddressHolder, holderKey } from "./address-holder.ts";

/** The little of a service that decides about its addresses. */
export type AddressedJob = Pick<Job, "_id" | "members" | "deleted">;
export type AddressedInstance = Pick<Instance, "job_id" | "instance_number">;

/**
 * Who has to have addresses. The addresses of a deleted service are given up at once, since nobody can ask for them
 * any more; those of an instance when its record is gone, since until then it may still send from there.
 */
export function livingHolders(
  jobs: Iterable<AddressedJob>,
  instances: Iterable<AddressedInstance>,
): AddressHolder[] {
  const living: AddressHolder[] = [];
  const numbers = new Map<string, Set<number>>();
  for (const { job_id: jobId, instance_number: number } of instances) {
    const known = numbers.get(jobId);
    if (known === undefined) numbers.set(jobId, new Set([number]));
    else known.add(number);
  }
  for (const { _id: jobId, members, deleted } of jobs) {
    if (!deleted) living.push({ kind: "RR", jobId }, { kind: "Closest", jobId });
    const wanted = deleted ? [] : members;
    for (const instanceNumber of new Set([...wanted, ...(numbers.get(jobId) ?? [])])) {
      living.push({ kind: "instance", jobId, instanceNumber });
    }
    numbers.delete(jobId);
  }
  // Records that outlive their service are still on their way out.
  for (const [jobId, left] of numbers) {
    for (const instanceNumber of left) living.push({ kind: "instance", jobId, instanceNumber });
  }
  return living;
}

/** An address that somebody holds, as it is stored. */
export interface HeldAddress {
  address: string;
  /** see `holderKey` */
  holder: string;
  /** Unix seconds of the keeper's own clock */
  since: number;
}

export interface AddressPlan {
  /** Holders that lack an address of one family or both. */
  missing: AddressHolder[];
  /** Addresses whose holders are gone. */
  leftOver: string[];
  /** The same, given a moment ago: to be looked at again. */
  tooYoung: string[];
}

/**
 * What has to change so that exactly the living have addresses. What was given within the last `graceS` seconds
 * stays: its service may be on the way here.
 */
export function planAddresses(
  living: readonly AddressHolder[],
  held: readonly HeldAddress[],
  { nowS, graceS }: { nowS: number; graceS: number },
): AddressPlan {
  const alive = new Set<string>();
  const holding = new Set(held.map(({ holder }) => holder));
  const missing: AddressHolder[] = [];
  for (const holder of living) {
    const keys = [holderKey(holder, 4), holderKey(holder, 6)];
    for (const key of keys) alive.add(key);
    if (keys.some((key) => !holding.has(key))) missing.push(holder);
  }
  const idle = held.filter(({ holder }) => !alive.has(holder));
  const isOld = ({ since }: HeldAddress): boolean => nowS - since >= graceS;
  const addressesOf = (list: readonly HeldAddress[]): string[] =>
    list.map(({ address }) => address);
  return {
    missing,
    leftOver: addressesOf(idle.filter(isOld)),
    tooYoung: addressesOf(idle.filter((one) => !isOld(one))),
  };
}
