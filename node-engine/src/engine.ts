import type { HeldCopy, InstanceKey } from "@oak/contracts";
import type { Clock, Logger } from "@oak/kit";
import { fp } from "@oak/kit";
import { isSameSpec, nextRecord } from "./domain/next-record.ts";
import type { ObservedWorkloads } from "./domain/observed-workloads.ts";
import type { RestartLimits } from "./domain/restart-policy.ts";
import type { ObservedWorkload } from "./domain/workload.ts";
import { createParts, type Parts, type StrayPermission } from "./engine-parts.ts";
import type { Network } from "./network/ports.ts";
import { networkOff } from "./network/worker-network.ts";
import type { InstanceStore, LeaseStore, Runtime, RuntimeEvent } from "./ports.ts";
import type { InstanceAssignment } from "./store/instance-record.ts";
import type { Leases } from "./use-cases/keep-leases.ts";

/** Times in ms. */
export interface EngineTiming {
  /** Between full lists of the workloads; events make it quicker. */
  resyncMs: number;
  /** From SIGTERM to SIGKILL. */
  stopGraceMs: number;
  /** Age below which an unknown workload of ours may be a creation under way. */
  strayGraceMs: number;
  /**
   * How long the report of a step on the way to running may wait: a start that takes no longer is told,
   * and acknowledged, by RUNNING alone. Far below the time after which a cluster repeats a command.
   */
  holdReportMs: number;
}

export interface EngineOptions {
  store: InstanceStore;
  runtime: Runtime;
  clock: Clock;
  /** Numbers in [0, 1). */
  random: () => number;
  /** Called on each change of what the worker says of an instance. Must not throw. */
  report: (copy: HeldCopy) => void;
  /** Of exclusive instances. `askAtOnce` sends a heartbeat in which an instance waits to be named. */
  leases: { store: LeaseStore; bootMs: () => number; askAtOnce: () => void };
  /** Absent: nobody but the runtime connects workloads. */
  network?: Pick<Network, "placed" | "renewLeases">;
  /** see `ActionDeps` */
  keepLogs?: (workload: ObservedWorkload) => Promise<void>;
  logger: Logger;
  timing?: Partial<EngineTiming>;
  restarts?: Partial<RestartLimits>;
  /** How many pulls and how many starts go on at once. */
  parallel?: { pulls: number; starts: number };
}

/** A copy that runs at this moment, and the runtime's name for it. */
export interface RunningCopy {
  key: InstanceKey;
  handle: string;
  copy: HeldCopy;
}

export interface EngineHealth {
  /** false while the runtime does not answer. */
  isRuntimeAvailable: boolean;
  /** How long the longest present pass takes, ms; pulls may take long. */
  longestPassMs: number;
  isPulling: boolean;
}

/**
 * Runs what is wanted of this worker. What is wanted is stored; commands only change that, and everything
 * else follows from the difference to what is observed.
 */
export interface Engine {
  /**
   * Loads the records and looks at what runs: healthy copies go on untouched and unreported. Works with a
   * runtime that is down, and waits for it.
   * @throws what the store throws.
   */
  start(): Promise<void>;
  /** Ends the engine. Workloads go on. */
  stop(): Promise<void>;
  /**
   * Stops and removes every workload for good: their copies are reported DEAD (`drained`) and only a
   * higher pair brings them back. Answers whether all are gone within `timeoutMs`.
   */
  drain(options?: { timeoutMs?: number }): Promise<boolean>;
  /**
   * Takes an assignment that was accepted, or a deletion. Resolves when it is stored.
   * @throws RangeError when the pair would fall, or what the store throws; then nothing has changed.
   */
  upsert(assignment: InstanceAssignment): Promise<void>;
  /** Ends the memory of an instance that was deleted. */
  forget(key: InstanceKey): Promise<void>;
  get(key: InstanceKey): HeldCopy | undefined;
  /** Everything that is held, deletions that are remembered too. */
  status(): HeldCopy[];
  running(): RunningCopy[];
  /** What the runtime has of an instance, ended ones too. */
  workloadsOf(key: InstanceKey): readonly ObservedWorkload[];
  /** Whether it is wanted here, and more may come of it. */
  isAwaited(key: InstanceKey): boolean;
  /** For copies of which there may never be two. */
  readonly leases: Leases;
  /** From now on unknown workloads of ours may go: call it after the first completed sync. */
  allowStrayRemoval(): void;
  health(): EngineHealth;
}

const defaultDrainMs = 60_000;

export function createEngine(options: EngineOptions): Engine {
  const { runtime, logger, network = networkOff } = options;
  const strays: StrayPermission = { isAllowed: false, unreadable: new Set() };
  const parts = createParts(options, strays);
  const { book, observed, publisher, passes, watch, leases } = parts;
  let isStarted = false;
  let unsubscribe: (() => void) | undefined;

  const triggerAll = (): void => {
    // Passes begin with the start, when everything that may run has been seen.
    if (!isStarted) return;
    leases.enforce();
    const keys = new Set([...book.all().map(({ key }) => key), ...observed.keys()]);
    for (const key of keys) passes.trigger(key);
  };
  const onEvent = (event: RuntimeEvent): void => {
    if (event.kind === "resync") {
      watch.trigger();
      return;
    }
    if (event.kind === "namespace_gone") return;
    const key = observe(observed, event);
    if (key === undefined || !isStarted) return;
    leases.enforce();
    // Whoever waits for RUNNING hears it now; what an end means is decided by the pass.
    if (event.kind === "changed" && event.workload.state === "running") publisher.publish(key);
    passes.trigger(key);
  };

  return {
    start: async () => {
      const loaded = await book.load();
      for (const key of loaded.unreadable) strays.unreadable.add(key);
      for (const record of loaded.records) network.placed(record.key, record);
      await leases.load();
      unsubscribe = runtime.events(onEvent);
      await runtime.start();
      await watch.start(triggerAll);
      publisher.takeAsReported();
      isStarted = true;
      triggerAll();
      const counts = { records: loaded.records.length, workloads: observed.all().length };
      logger.info(counts, "engine started");
    },
    stop: async () => {
      unsubscribe?.();
      await watch.stop();
      await leases.stop();
      await passes.stop();
      publisher.stop();
      await runtime.stop();
    },
    drain: ({ timeoutMs = defaultDrainMs } = {}) => drain(parts, timeoutMs),
    upsert: async (assignment) => {
      await upsert(parts, assignment);
      if (assignment.wanted) network.placed(assignment.key, assignment);
      strays.unreadable.delete(assignment.key);
    },
    forget: async (key) => {
      await book.forget(key);
      fp("engine.forgotten", key);
      publisher.forget(key);
    },
    get: (key) => {
      const record = book.get(key);
      return record && publisher.describe(record);
    },
    status: () => book.all().map(publisher.describe),
    running: () => listRunning(parts),
    workloadsOf: observed.of,
    isAwaited: (key) => {
      const record = book.get(key);
      return record?.wanted === true && record.local.outcome === undefined;
    },
    leases,
    allowStrayRemoval: () => {
      strays.isAllowed = true;
      triggerAll();
    },
    health: () => {
      const startMs = passes.oldestStartMs();
      return {
        isRuntimeAvailable: watch.fault() === undefined,
        longestPassMs: startMs === undefined ? 0 : options.clock.monotonicMs() - startMs,
        isPulling: publisher.isPulling(),
      };
    },
  };
}

/** Answers the instance that an event is about, when it is known. */
function observe(
  observed: ObservedWorkloads,
  event: Extract<RuntimeEvent, { kind: "changed" | "removed" }>,
): InstanceKey | undefined {
  if (event.kind === "removed") return observed.drop(event.handle);
  observed.put(event.workload);
  return event.workload.identity.key;
}

async function upsert(parts: Parts, assignment: InstanceAssignment): Promise<void> {
  const { book, observed, publisher, passes, leases } = parts;
  const { key } = assignment;
  const before = book.get(key);
  const record = await book.write(key, (present) =>
    nextRecord(assignment, present, observed.of(key)),
  );
  fp(record.wanted ? "engine.recorded" : "engine.delete_recorded", key);
  leases.take(record);
  publisher.publish(key);
  if (before?.wanted === true && record.wanted && isSameSpec(before, record)) {
    // A pull goes on when the same spec is wanted under other numbers.
    passes.trigger(key);
    return;
  }
  publisher.stateOf(key).image = "unknown";
  passes.overtake(key);
}

/** A completed copy has nothing to stop, and stays completed. */
async function drain(parts: Parts, timeoutMs: number): Promise<boolean> {
  const { book, observed, publisher, passes } = parts;
  for (const record of book.all()) {
    if (!record.wanted || record.local.outcome === "completed") continue;
    await book.note(record, { ...record, local: { ...record.local, outcome: "drained" } });
    publisher.publish(record.key);
    passes.overtake(record.key);
  }
  const isGone = (): boolean =>
    observed.isComplete() &&
    book.all().every(({ key }) => observed.of(key).every(({ state }) => state !== "running"));
  return publisher.waitFor(isGone, timeoutMs);
}

function listRunning({ book, observed, publisher }: Parts): RunningCopy[] {
  return observed.all().flatMap((workload) => {
    const record = book.get(workload.identity.key);
    if (record === undefined || workload.state !== "running") return [];
    return [{ key: record.key, handle: workload.handle, copy: publisher.describe(record) }];
  });
}
