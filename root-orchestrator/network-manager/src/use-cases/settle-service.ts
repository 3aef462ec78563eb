import { type AddressHolder, livingHolders, planAddresses } from "@oak/core";
import type { Clock } from "@oak/kit";
import { type Directory, forEachAtOnce } from "@oak/tier";
import { wishesOf } from "../domain/wishes.ts";
import { errors } from "../errors.ts";
import type { AddressRecord, AddressStore, RouteRecord, RouteStore } from "../ports.ts";
import type { AddressBook } from "./give-addresses.ts";

export interface SettleServiceDeps {
  directory: Directory;
  addresses: AddressStore;
  routes: RouteStore;
  book: AddressBook;
  clock: Pick<Clock, "nowMs">;
  /** Told when the service has more or fewer addresses than before. */
  onChange(jobId: string): void;
}

export interface SettleTerms {
  /** Addresses that were given within so many seconds are not taken back: their service may be on the way. */
  graceS: number;
}

/**
 * Brings the addresses of one service to what its members and records ask for: gives what is missing, takes back what
 * is left over, forgets where copies were attached that are no more. Answers whether it has to be looked at again.
 * @throws AppError unavailable before the directory is loaded, else as `HoldAddress`
 */
export type SettleService = (jobId: string, terms: SettleTerms) => Promise<"settled" | "later">;

export function createSettleService(deps: SettleServiceDeps): SettleService {
  const { directory, addresses, clock } = deps;
  return async (jobId, { graceS }) => {
    // Nothing is taken away out of ignorance.
    if (!directory.isLoaded()) throw errors.unavailable("The services are not known yet");
    const job = directory.job(jobId);
    const records = directory.recordsOf(jobId);
    const living = livingHolders(job === undefined ? [] : [job], records);
    const held = (await addresses.ofJobs([jobId])).map(withHolder);
    const nowS = clock.nowMs() / 1000;
    const plan = planAddresses(living, held, { nowS, graceS });
    for (const { address, holder } of held) {
      if (plan.leftOver.includes(address)) await addresses.release(address, holder, nowS);
    }
    await giveMissing(deps, jobId, plan.missing);
    if (plan.missing.length > 0 || plan.leftOver.length > 0) deps.onChange(jobId);
    await forgetRoutes(deps, jobId);
    return plan.tooYoung.length > 0 ? "later" : "settled";
  };
}

/** They share their questions to the database. */
const givenAtOnce = 200;

async function giveMissing(
  { directory, book }: SettleServiceDeps,
  jobId: string,
  missing: readonly AddressHolder[],
): Promise<void> {
  const job = directory.job(jobId);
  if (job !== undefined && missing.some(({ kind }) => kind === "RR" || kind === "Closest")) {
    await book.giveService(jobId, wishesOf(job));
  }
  const instances = missing.filter(({ kind }) => kind === "instance");
  await forEachAtOnce(instances, givenAtOnce, async (holder) => {
    await book.give(holder);
  });
}

/** Where an instance was attached that is no more, or that another cluster has by now. */
async function forgetRoutes(
  { directory, routes }: SettleServiceDeps,
  jobId: string,
): Promise<void> {
  const members = new Set(directory.job(jobId)?.members);
  const records = new Map(directory.recordsOf(jobId).map((one) => [one.instance_number, one]));
  const isOver = ({ instance_number: number, cluster_id: clusterId, epoch }: RouteRecord) => {
    const record = records.get(number);
    if (record === undefined) return !members.has(number);
    return record.child !== clusterId && epoch < record.epoch;
  };
  const stored = await routes.ofJobs([jobId]);
  await routes.remove(stored.filter(isOver).map(({ _id }) => _id));
}

function withHolder(record: AddressRecord) {
  return { ...record, holder: record.holder ?? "" };
}
