import { addressValue, isRecyclable, POOL_NAMES, POOLS, type PoolName } from "@oak/core";
import { AppError, type Clock, createLoop, type Logger, type Loop, type Metrics } from "@oak/kit";
import { type Directory, forEachAtOnce } from "@oak/tier";
import type { AddressStore } from "../ports.ts";
import type { SettleService } from "../use-cases/settle-service.ts";

export interface KeepAddressesDeps {
  settle: SettleService;
  directory: Pick<Directory, "jobIds" | "isLoaded">;
  addresses: AddressStore;
  quarantineS: number;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
}

/** Keeps the addresses of all services as they should be: at once what is noted, everything now and then. */
export interface AddressKeeper extends Omit<Loop, "trigger"> {
  note(jobId: string): void;
  /** When addresses that it has just been given may be taken back. */
  noteLater(jobId: string): void;
}

/** A service whose addresses were given a moment ago may be on the way here. */
const graceS = 30;
const tickMs = 1_000;
/** Every service is looked at, in case that something was missed. */
const sweepMs = 600_000;
/** Before a service whose addresses were refused is tried again. */
const refusedMs = 30_000;
const atOnce = 4;
/** Each instance that comes or goes changes its service, and to look at it costs as much as it has of them. */
const gatherMs = 250;

export function createAddressKeeper(deps: KeepAddressesDeps): AddressKeeper {
  const { settle, directory, addresses, clock, logger } = deps;
  const noted = new Set<string>();
  /** When to look again, by the monotonic clock. */
  const later = new Map<string, number>();
  /** When it was looked at, by the monotonic clock; the latest ones. */
  const settledAtMs = new Map<string, number>();
  let sweptAtMs = Number.NEGATIVE_INFINITY;

  const lookAgain = (jobId: string, dueMs: number): void => {
    later.set(jobId, Math.min(later.get(jobId) ?? dueMs, dueMs));
  };
  const sweep = async (): Promise<void> => {
    for (const id of await addresses.jobIds()) noted.add(id);
    for (const id of directory.jobIds()) noted.add(id);
    for (const pool of POOL_NAMES) await endChoices(deps, pool);
    sweptAtMs = clock.monotonicMs();
  };
  const settleOne = async (jobId: string): Promise<void> => {
    noted.delete(jobId);
    settledAtMs.set(jobId, clock.monotonicMs());
    try {
      const outcome = await settle(jobId, { graceS });
      if (outcome === "later") lookAgain(jobId, clock.monotonicMs() + graceS * 1_000);
    } catch (error) {
      if (!isRefusal(error)) {
        noted.add(jobId);
        throw error;
      }
      logger.warn({ service: jobId, reason: error.code }, "a service lacks addresses");
      lookAgain(jobId, clock.monotonicMs() + refusedMs);
    }
  };
  const loop = createLoop({
    ...deps,
    name: "keep-addresses",
    everyMs: tickMs,
    jitter: 0,
    run: async (signal) => {
      if (!directory.isLoaded()) return;
      const nowMs = clock.monotonicMs();
      for (const [jobId, atMs] of settledAtMs) {
        if (nowMs - atMs >= gatherMs) settledAtMs.delete(jobId);
      }
      if (nowMs - sweptAtMs >= sweepMs) await sweep();
      for (const [jobId, dueMs] of later) {
        if (dueMs > nowMs) continue;
        later.delete(jobId);
        noted.add(jobId);
      }
      await forEachAtOnce([...noted], atOnce, async (jobId) => {
        if (!signal.aborted) await settleOne(jobId);
      });
    },
  });
  return {
    start: loop.start,
    stop: loop.stop,
    noteLater: (jobId) => lookAgain(jobId, clock.monotonicMs() + graceS * 1_000),
    note: (jobId) => {
      const nextMs = (settledAtMs.get(jobId) ?? Number.NEGATIVE_INFINITY) + gatherMs;
      if (nextMs > clock.monotonicMs()) {
        lookAgain(jobId, nextMs);
        return;
      }
      noted.add(jobId);
      loop.trigger();
    },
  };
}

/**
 * Addresses that users chose and gave back: to the pool where it has passed them, forgotten where it has not (it will
 * come to them, or they are none of its own).
 */
async function endChoices(
  { addresses, clock, quarantineS }: KeepAddressesDeps,
  name: PoolName,
): Promise<void> {
  const rested = await addresses.restedChoices(name, clock.nowMs() / 1000 - quarantineS);
  if (rested.length === 0) return;
  const pool = POOLS[name];
  const next = addressValue((await addresses.next(name)) ?? "0.0.0.0");
  for (const address of rested) {
    if (isRecyclable(pool, next, addressValue(address))) await addresses.recycle(address);
    else await addresses.forget(address);
  }
}

/** Trying again at once cannot help: an address is taken, or a pool is empty. */
function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.code !== "unavailable";
}
