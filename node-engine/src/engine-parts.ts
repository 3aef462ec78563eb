import type { InstanceKey } from "@oak/contracts";
import { createObservedWorkloads, type ObservedWorkloads } from "./domain/observed-workloads.ts";
import { defaultRestartLimits } from "./domain/restart-policy.ts";
import type { EngineOptions, EngineTiming } from "./engine.ts";
import { createInstancePasses, type InstancePasses } from "./use-cases/instance-passes.ts";
import { createLeaseKeeper, type LeaseKeeper } from "./use-cases/keep-leases.ts";
import { createLimiter } from "./use-cases/limiter.ts";
import { type CopyPublisher, createCopyPublisher } from "./use-cases/publish-copies.ts";
import { type ReconcileDeps, reconcileInstance } from "./use-cases/reconcile-instance.ts";
import { createRecordBook, type RecordBook } from "./use-cases/record-book.ts";
import { createRuntimeWatch, type RuntimeWatch } from "./use-cases/watch-runtime.ts";

export interface StrayPermission {
  isAllowed: boolean;
  /** Instances whose records could not be read: their workloads are not unknown, only unnamed. */
  unreadable: Set<InstanceKey>;
}

export interface Parts {
  book: RecordBook;
  observed: ObservedWorkloads;
  publisher: CopyPublisher;
  passes: InstancePasses;
  watch: RuntimeWatch;
  leases: LeaseKeeper;
}

const defaultTiming: EngineTiming = {
  resyncMs: 60_000,
  stopGraceMs: 10_000,
  strayGraceMs: 60_000,
  holdReportMs: 500,
};

/** Wires what an engine is made of; starts nothing. */
export function createParts(options: EngineOptions, strays: StrayPermission): Parts {
  const { runtime, clock, random, logger, report } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const book = createRecordBook(options.store, logger);
  const observed = createObservedWorkloads();
  const everyMs = timing.resyncMs;
  const watch = createRuntimeWatch({ runtime, observed, clock, random, logger, everyMs });
  const leases = createLeaseKeeper({
    ...{ runtime, book, observed, clock, logger },
    ...options.leases,
    onRenewed: (leases) => options.network?.renewLeases(leases),
    onChange: (key) => {
      publisher.publish(key);
      passes.trigger(key);
    },
  });
  const { isHeldBack } = leases;
  const publisher = createCopyPublisher({
    ...{ book, observed, clock, logger, report, isHeldBack },
    runtimeFault: watch.fault,
    holdMs: timing.holdReportMs,
  });
  const deps: ReconcileDeps = {
    ...{ runtime, observed, book, logger, clock, random, isHeldBack },
    ...planningOf(options, timing, strays),
    publish: publisher.publish,
    ...(options.keepLogs && { keepLogs: options.keepLogs }),
  };
  const passes = createInstancePasses({
    clock,
    run: async (key, signal) => {
      const next = await reconcileInstance(key, publisher.stateOf(key), deps, signal);
      // It may have begun or ended a run without any event.
      leases.enforce();
      return next;
    },
    onDefect: (key, error) => logger.error({ key, err: error }, "pass over an instance failed"),
  });
  return { book, observed, publisher, passes, watch, leases };
}

function planningOf(
  { runtime, restarts, parallel = { pulls: 3, starts: 8 } }: EngineOptions,
  { stopGraceMs, strayGraceMs }: EngineTiming,
  strays: StrayPermission,
): Pick<ReconcileDeps, "limits" | "stopGraceMs" | "planning" | "strayRules"> {
  return {
    limits: { pulls: createLimiter(parallel.pulls), starts: createLimiter(parallel.starts) },
    stopGraceMs,
    planning: {
      limits: { ...defaultRestartLimits, ...restarts },
      virtualization: runtime.name,
    },
    strayRules: (key) => ({
      mayRemove: strays.isAllowed && !strays.unreadable.has(key),
      graceMs: strayGraceMs,
    }),
  };
}
