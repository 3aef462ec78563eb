import { type HeardNotice, type InstanceKey, instanceKey } from "@oak/contracts";
import { comparePairs } from "@oak/core";
import type { Clock, Logger } from "@oak/kit";
import { createLeaseBook, type Lease, type LeaseBook } from "../domain/lease-book.ts";
import type { ObservedWorkloads } from "../domain/observed-workloads.ts";
import { excuseExit } from "../domain/plan-workload.ts";
import { createSentHeartbeats, type HeartbeatNumbers } from "../domain/sent-heartbeats.ts";
import type { ObservedWorkload } from "../domain/workload.ts";
import type { LeaseStore, Runtime } from "../ports.ts";
import type { InstanceRecord } from "../store/instance-record.ts";
import type { RecordBook } from "./record-book.ts";

export type { Lease };

/** What exclusive instances need of the engine besides that of all others. */
export interface Leases {
  /** A heartbeat is about to be sent under these numbers. */
  sending(numbers: HeartbeatNumbers): void;
  /** The cluster named the copies that may go on. Answers what became of it. */
  heard(notice: HeardNotice): "renewed" | "ignored";
  /**
   * Kills at once what may not run any more. It is called by time; whoever may have slept meanwhile calls it
   * before anything else.
   */
  enforce(): void;
}

export interface LeaseKeeper extends Leases {
  /** Takes up the leases of an agent before this one, and all exclusive records. Called once, before others. */
  load(): Promise<void>;
  /** A record was written: it may be the first exclusive one of its instance, or the first that is not. */
  take(record: InstanceRecord): void;
  /** Nothing of this record may be started at the moment. */
  isHeldBack(record: InstanceRecord): boolean;
  /** Ends the watch and waits for kills under way. */
  stop(): Promise<void>;
}

export interface LeaseKeeperDeps {
  runtime: Pick<Runtime, "killWorkload" | "look">;
  book: Pick<RecordBook, "get" | "all" | "note">;
  observed: Pick<ObservedWorkloads, "isComplete" | "put" | "drop"> & {
    of(key: InstanceKey): readonly Pick<ObservedWorkload, "handle" | "state">[];
  };
  store: LeaseStore;
  /** Milliseconds since boot, see {@link LeaseBook}. */
  bootMs: () => number;
  clock: Clock;
  logger: Pick<Logger, "warn">;
  /** They may run on for so long. */
  onRenewed?: (leases: readonly { key: InstanceKey; leftMs: number }[]) => void;
  /** Sends a heartbeat now: an instance waits for its name. */
  askAtOnce: () => void;
  /** What may be done for the instance, or is said of it, has changed. */
  onChange: (key: InstanceKey) => void;
}

/** Timers stand still while the machine sleeps; what wakes up late must not be found later than this. */
const longestPauseMs = 1_000;
/** Between two tries to kill. */
const retryMs = 250;
/** Each heartbeat renews; what is not written makes a lease shorter, which does no harm. */
const saveEveryMs = 900;

interface Watch extends LeaseKeeperDeps {
  leases: LeaseBook;
  /** Handles that are being killed, and whose they are. */
  cuts: Map<string, { key: InstanceKey; done: Promise<void> }>;
}

/**
 * Sees to it that exclusive copies run only as long as the cluster takes this worker for theirs: each is killed
 * when its lease is over, and starts only under a fresh one. Only an answered heartbeat gives a lease. A deploy
 * does not, since it may have been under way for longer than the cluster waits.
 */
export function createLeaseKeeper(deps: LeaseKeeperDeps): LeaseKeeper {
  const leases = createLeaseBook(deps.bootMs);
  const sent = createSentHeartbeats();
  const watch: Watch = { ...deps, leases, cuts: new Map() };
  const { book, store, logger } = deps;
  let cancelTimer: (() => void) | undefined;
  let isStopped = false;
  let savedAtMs = Number.NEGATIVE_INFINITY;
  let saving: Promise<void> = Promise.resolve();

  const save = (): void => {
    savedAtMs = deps.bootMs();
    saving = store.save(leases.all()).catch((error: unknown) => {
      logger.warn({ err: error }, "leases not stored");
    });
  };

  const enforce = (): void => {
    if (isStopped || leases.isEmpty()) return;
    cancelTimer?.();
    cancelTimer = undefined;
    const over = leases.keys().filter((key) => isOver(watch, key));
    for (const key of over) leases.release(key);
    if (over.length > 0) save();
    for (const key of leases.keys()) if (leases.leftMs(key) <= 0) cutAll(watch, key);
    const pauseMs = Math.min(...leases.keys().map((key) => nextLookMs(watch, key)));
    if (pauseMs !== Number.POSITIVE_INFINITY) cancelTimer = deps.clock.setTimer(pauseMs, enforce);
  };

  const renew = (copy: HeardNotice["copies"][number], sentMs: number): boolean => {
    const key = instanceKey(copy.job_id, copy.instance_number);
    const record = book.get(key);
    if (record?.wanted !== true || comparePairs(record, copy) !== 0) return false;
    if (!leases.has(key)) return false;
    const couldStart = leases.mayStart(key);
    leases.renew(key, sentMs);
    if (!couldStart && leases.mayStart(key)) deps.onChange(key);
    return true;
  };

  const isHeldBack = ({ key, exclusive_ttl_s: ttlS }: InstanceRecord): boolean =>
    ttlS !== undefined && (!leases.mayStart(key) || isBeingCut(watch, key));

  return {
    load: async () => {
      for (const { key, ttlMs, sentMs } of await store.load()) {
        leases.hold(key, ttlMs);
        if (sentMs !== undefined) leases.renew(key, sentMs);
      }
      for (const { key, wanted, exclusive_ttl_s: ttlS } of book.all()) {
        if (ttlS !== undefined) leases.hold(key, ttlS * 1_000);
        else if (wanted) leases.release(key);
      }
    },
    take: (record) => {
      const { key, wanted, exclusive_ttl_s: ttlS } = record;
      // What is being stopped is watched until it has ended.
      if (!wanted) return enforce();
      if (ttlS === undefined) {
        if (!leases.has(key)) return;
        leases.release(key);
        save();
        return;
      }
      const isFirst = !leases.has(key);
      leases.hold(key, ttlS * 1_000);
      // It ran under other rules, or was not known to be exclusive: time enough to be named.
      if (isFirst && runningOf(watch, key).length > 0) leases.renew(key, deps.bootMs());
      deps.askAtOnce();
      enforce();
    },
    sending: (numbers) => {
      if (!leases.isEmpty()) sent.note(numbers, deps.bootMs());
    },
    heard: (notice) => {
      enforce();
      const sentMs = sent.sentMs(notice);
      if (sentMs === undefined) return "ignored";
      const renewed = notice.copies.filter((copy) => renew(copy, sentMs));
      if (renewed.length === 0) return "ignored";
      const keys = renewed.map((copy) => instanceKey(copy.job_id, copy.instance_number));
      deps.onRenewed?.(keys.map((key) => ({ key, leftMs: leases.leftMs(key) })));
      if (deps.bootMs() - savedAtMs >= saveEveryMs) save();
      enforce();
      return "renewed";
    },
    enforce,
    isHeldBack,
    stop: async () => {
      isStopped = true;
      cancelTimer?.();
      await Promise.all([...watch.cuts.values()].map(({ done }) => done));
      if (!leases.isEmpty()) save();
      await saving;
    },
  };
}

function runningOf({ observed }: Watch, key: InstanceKey) {
  return observed.of(key).filter(({ state }) => state === "running");
}

function isBeingCut({ cuts }: Watch, key: InstanceKey): boolean {
  return [...cuts.values()].some((cut) => cut.key === key);
}

/** Neither wanted nor there any more: nothing has to be watched. */
function isOver(watch: Watch, key: InstanceKey): boolean {
  if (!watch.observed.isComplete() || watch.book.get(key)?.wanted === true) return false;
  return runningOf(watch, key).length === 0;
}

/** Infinity: there is nothing that could end. */
function nextLookMs(watch: Watch, key: InstanceKey): number {
  const leftMs = watch.leases.leftMs(key);
  if (leftMs > 0) return Math.min(leftMs, longestPauseMs);
  return runningOf(watch, key).length > 0 ? retryMs : Number.POSITIVE_INFINITY;
}

function cutAll(watch: Watch, key: InstanceKey): void {
  for (const { handle } of runningOf(watch, key)) {
    if (watch.cuts.has(handle)) continue;
    const done = cut(watch, key, handle).then((isStopped) => {
      watch.cuts.delete(handle);
      if (isStopped) watch.onChange(key);
    });
    watch.cuts.set(handle, { key, done });
  }
}

/** Beside the passes, which may be waiting for something else. Answers whether it runs no more; never rejects. */
async function cut(watch: Watch, key: InstanceKey, handle: string): Promise<boolean> {
  const { runtime, observed, book, logger } = watch;
  try {
    await runtime.killWorkload(handle);
    const workload = await runtime.look(handle);
    if (workload === undefined) observed.drop(handle);
    else observed.put(workload);
    if (workload?.state === "running") return false;
    logger.warn({ key, handle }, "exclusive copy stopped: the cluster was out of reach");
    const record = book.get(key);
    if (workload === undefined || record?.wanted !== true) return true;
    // Now, since by the next plan the lease may be fresh again, and this end would count as a crash.
    await book.note(record, { ...record, local: excuseExit(record.local, workload) });
    return true;
  } catch (error) {
    logger.warn({ key, handle, err: error }, "exclusive copy could not be stopped, will try again");
    return false;
  }
}
