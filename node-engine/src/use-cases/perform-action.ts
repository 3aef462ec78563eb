import type { Logger } from "@oak/kit";
import { type FailPoint, fp } from "@oak/kit";
import { asStarted } from "../domain/as-started.ts";
import { createFault, RuntimeFault } from "../domain/fault.ts";
import type { ObservedWorkloads } from "../domain/observed-workloads.ts";
import { type Action, readSpec } from "../domain/plan-workload.ts";
import type { ObservedWorkload } from "../domain/workload.ts";
import type { Runtime } from "../ports.ts";
import type { InstanceRecord } from "../store/instance-record.ts";
import type { Limiter } from "./limiter.ts";
import { LOG_TAIL_BYTES } from "./log-tails.ts";
import type { RecordBook } from "./record-book.ts";

/** What the engine knows of an instance only until it restarts. */
export interface Transient {
  /** `missing`: creating said so. `pulled`: it was missing and then fetched. */
  image: "unknown" | "missing" | "pulled";
  /** Percent, while the image is being pulled. */
  pulling?: number;
  /** The end of what the last run printed. */
  lastWords?: string;
}

export interface ActionDeps {
  runtime: Runtime;
  observed: ObservedWorkloads;
  book: RecordBook;
  logger: Logger;
  /** Pulls share the uplink; starts share the cores. */
  limits: { pulls: Limiter; starts: Limiter };
  stopGraceMs: number;
  /** Exclusive, and not allowed to start at the moment. */
  isHeldBack: (record: InstanceRecord) => boolean;
  /** Keeps the end of what it printed, since it is about to go. Never rejects. */
  keepLogs?: (workload: ObservedWorkload) => Promise<void>;
}

/** The instance for which an action is performed. */
export interface ActionScope {
  record: InstanceRecord | undefined;
  transient: Transient;
  /** Aborts when the wish has changed: whatever only waits ends, what has begun goes on. */
  signal: AbortSignal;
  /** Something that the cluster may want to know has changed. */
  publish: () => void;
}

type Executors = {
  [K in Action["kind"]]: (
    action: Extract<Action, { kind: K }>,
    deps: ActionDeps,
    scope: ActionScope,
  ) => Promise<void>;
};

const executors: Executors = {
  pull: async ({ image, platform }, { runtime, limits }, { signal, transient, publish }) => {
    const onProgress = (percent: number): void => {
      // Each report crosses two tiers: twenty steps say as much as a hundred.
      const step = Math.floor(percent / 5) * 5;
      if (step === transient.pulling) return;
      transient.pulling = step;
      publish();
    };
    const options = { signal, onProgress, ...(platform !== undefined && { platform }) };
    onProgress(0);
    try {
      await limits.pulls.run(() => runtime.pull(image, options), signal);
      transient.image = "pulled";
    } finally {
      delete transient.pulling;
    }
  },
  create: async ({ spec }, { runtime, limits, observed }, { signal, transient }) => {
    observed.put(await limits.starts.run(() => runtime.create(spec), signal));
    transient.image = "unknown";
  },
  start: async ({ handle }, deps, { record, signal }) => {
    const { runtime, limits, observed } = deps;
    // As it was before: an event about this very run may come before the answer.
    const before = observed.get(handle);
    const isBegun = await limits.starts.run(async () => {
      // Waiting for room takes time, and so does a process that is halted.
      if (record !== undefined && deps.isHeldBack(record)) return false;
      await runtime.startWorkload(handle);
      return true;
    }, signal);
    if (!isBegun) return;
    const started = record && before && asStarted(before, readSpec(record));
    const workload = started ?? (await runtime.look(handle));
    if (workload === undefined) throw new RuntimeFault(createFault("workload_gone"));
    observed.put(workload);
  },
  stop: async ({ handle }, { runtime, observed, stopGraceMs }) => {
    await runtime.stopWorkload(handle, { graceMs: stopGraceMs });
    const workload = observed.get(handle);
    // The event may come later than the next plan.
    if (workload !== undefined) observed.put(toStopped(workload));
  },
  remove: async ({ handle }, { runtime, observed, keepLogs }, { record }) => {
    const workload = observed.get(handle);
    if (workload !== undefined && hasFailed(record, workload)) await keepLogs?.(workload);
    await runtime.remove(handle);
    observed.drop(handle);
  },
  settle: async ({ local }, { book, runtime, observed }, { record, transient }) => {
    if (record === undefined) return;
    const { last_exit: exit } = local;
    if (exit !== undefined && isNewExit(exit, record)) {
      // Before the next run begins, or the workload goes. A log that cannot be read holds nothing up.
      const words = await readLog(runtime, exit.handle);
      if (words !== undefined) transient.lastWords = words;
    }
    await book.note(record, { ...record, local });
    if (local.outcome === undefined) return;
    for (const { handle } of observed.of(record.key)) runtime.letGo?.(handle);
  },
};

const failPoints: Partial<Record<Action["kind"], FailPoint>> = {
  create: "engine.created",
  start: "engine.started",
  stop: "engine.stopped",
  remove: "engine.removed",
};

/**
 * Does one step of a plan and writes down what came of it.
 * @throws RuntimeFault when the runtime refuses, the signal's reason when it aborted a wait.
 */
export async function performAction(
  action: Action,
  deps: ActionDeps,
  scope: ActionScope,
): Promise<void> {
  const execute = executors[action.kind] as (
    action: Action,
    deps: ActionDeps,
    scope: ActionScope,
  ) => Promise<void>;
  await execute(action, deps, scope);
  const point = failPoints[action.kind];
  if (point !== undefined) fp(point, scope.record?.key ?? "");
  scope.publish();
}

type Exit = NonNullable<InstanceRecord["local"]["last_exit"]>;

function isNewExit(exit: Exit, { local }: InstanceRecord): boolean {
  const { last_exit: last } = local;
  return exit.handle !== last?.handle || exit.finished_at_ms !== last.finished_at_ms;
}

async function readLog(runtime: Runtime, handle: string): Promise<string | undefined> {
  if (!runtime.capabilities.logs) return undefined;
  return runtime.logsTail(handle, LOG_TAIL_BYTES).catch(() => undefined);
}

/** A moment after its start, so that no earlier look replaces it and any later run does. */
function toStopped(workload: ObservedWorkload): ObservedWorkload {
  if (workload.state !== "running") return workload;
  return { ...workload, state: "exited", finishedAtMs: workload.startedAtMs, publishedPorts: [] };
}

/** Of one that was well, and is deleted, nobody asks for the last words. */
function hasFailed(record: InstanceRecord | undefined, { state, exitCode }: ObservedWorkload) {
  if (record === undefined) return false;
  const { failures, restarts, outcome } = record.local;
  const hasEndedBadly = state === "exited" && exitCode !== 0 && record.wanted;
  return hasEndedBadly || failures.length > 0 || restarts > 0 || outcome === "gave_up";
}
