import { comparePairs } from "@oak/core";
import type { InstanceRecord, LocalState } from "../store/instance-record.ts";
import { createFault } from "./fault.ts";
import { type RestartLimits, settleEnding } from "./restart-policy.ts";
import type { ObservedWorkload, WorkloadSpec } from "./workload.ts";
import { buildWorkloadSpec } from "./workload-spec.ts";

/** Why a workload is stopped or removed; reaches the log. */
export type RetireReason =
  | "deleted"
  | "other_spec"
  | "duplicate"
  | "ended"
  | "drained"
  | "cut_off"
  | "stray";

/** Why nothing is to be done. */
export type WaitReason =
  | "runs"
  | "next_try"
  | "not_named"
  | "gave_up"
  | "completed"
  | "drained"
  | "gone"
  | "stray_is_young"
  | "stray_is_kept";

interface StepArgs {
  pull: { image: string; platform?: string };
  create: { spec: WorkloadSpec };
  start: { handle: string };
  stop: { handle: string; reason: RetireReason };
  remove: { handle: string; reason: RetireReason };
  /** Remember a decision about an ending. */
  settle: { local: LocalState };
  /** Nothing to do before `untilMs` (wall time), or before something changes. */
  wait: { reason: WaitReason; untilMs?: number };
}

export type StepOf<K extends keyof StepArgs> = { kind: K } & StepArgs[K];
export type Step = { [K in keyof StepArgs]: StepOf<K> }[keyof StepArgs];
/** The steps that do something. */
export type Action = Exclude<Step, StepOf<"wait">>;

export interface PlanContext {
  /** Wall time, comparable with the runtime's own times and with what is remembered. */
  nowMs: number;
  /** A number in [0, 1). */
  random: number;
  /** Creating said that the image is not here, and nothing was pulled since. */
  isImageMissing: boolean;
  /** What the runtime of this worker serves. */
  virtualization: string;
  limits: RestartLimits;
  strays: StrayRules;
  /** Exclusive, and the cluster has not said lately that it may run here: nothing may be started. */
  isHeldBack: boolean;
}

/** What may happen to a workload of ours that no record names. */
export interface StrayRules {
  /** false until the cluster was heard, and while the record of this instance is unreadable. */
  mayRemove: boolean;
  /** A creation whose answer is under way looks like a stray for a moment. */
  graceMs: number;
}

/**
 * The next step for one instance: from what is wanted (undefined: nothing is known of it) and all
 * workloads that are observed of it. Repeating plan and step ends in `wait`.
 */
export function planWorkload(
  record: InstanceRecord | undefined,
  observed: readonly ObservedWorkload[],
  context: PlanContext,
): Step {
  if (record === undefined) return planStrays(observed, context);
  return record.wanted ? planWanted(record, observed, context) : planDeleted(record, observed);
}

function planStrays(observed: readonly ObservedWorkload[], context: PlanContext): Step {
  if (observed.length === 0) return { kind: "wait", reason: "gone" };
  const { mayRemove, graceMs } = context.strays;
  if (!mayRemove) return { kind: "wait", reason: "stray_is_kept" };
  const old = observed.find((one) => context.nowMs - one.createdAtMs >= graceMs);
  if (old !== undefined) return retire(old, "stray");
  const oldestMs = Math.min(...observed.map((one) => one.createdAtMs));
  return { kind: "wait", reason: "stray_is_young", untilMs: oldestMs + graceMs };
}

/** A copy with a higher pair than the deletion is not what was deleted. */
function planDeleted(record: InstanceRecord, observed: readonly ObservedWorkload[]): Step {
  const target = observed.find((one) => comparePairs(one.identity.pair, record) <= 0);
  return target === undefined ? { kind: "wait", reason: "gone" } : retire(target, "deleted");
}

function planWanted(
  record: InstanceRecord,
  observed: readonly ObservedWorkload[],
  context: PlanContext,
): Step {
  const spec = readSpec(record);
  const { current, others } = chooseCurrent(record, spec, observed);
  if (record.local.outcome !== undefined) return planEnded(record.local.outcome, current, others);
  const refusal = refuse(record, spec, context);
  if (spec === undefined || refusal !== undefined) {
    return settle(record, { kind: "fault", fault: createFault("spec_refused", refusal) }, context);
  }
  if (current === undefined) return planMissing(record, spec, context);
  if (current.state !== "running") return planIdle(record, current, others, context);
  const other = others[0];
  return other === undefined ? { kind: "wait", reason: "runs" } : retireOther(other, record, spec);
}

/** What this worker cannot take, however often it is tried. */
function refuse(
  { job }: InstanceRecord,
  spec: WorkloadSpec | undefined,
  { virtualization }: PlanContext,
): string | undefined {
  if (spec === undefined) return `port ${job.port}`;
  if (job.virtualization === virtualization) return undefined;
  return `this worker does not offer ${job.virtualization}`;
}

/** The instance is at its end under this pair: nothing may run, the last run may be looked at. */
function planEnded(
  outcome: NonNullable<LocalState["outcome"]>,
  current: ObservedWorkload | undefined,
  others: readonly ObservedWorkload[],
): Step {
  const reason = outcome === "drained" ? "drained" : "ended";
  const other = others[0];
  if (other !== undefined) return retire(other, reason);
  const mustGo = outcome === "drained" || current?.state === "running";
  if (current !== undefined && mustGo) return retire(current, reason);
  return { kind: "wait", reason: outcome };
}

/** While a new spec is pulled and created, a copy of the old one may go on. */
function planMissing(record: InstanceRecord, spec: WorkloadSpec, context: PlanContext): Step {
  const pause = remainingPause(record, context);
  if (pause !== undefined) return pause;
  if (!context.isImageMissing) return { kind: "create", spec };
  const { image, platform } = spec;
  return { kind: "pull", image, ...(platform !== undefined && { platform }) };
}

/** Nothing of this instance runs, or only copies that have to go before this one may start. */
function planIdle(
  record: InstanceRecord,
  current: ObservedWorkload,
  others: readonly ObservedWorkload[],
  context: PlanContext,
): Step {
  if (current.state === "exited" && !isCounted(record.local, current)) {
    return isExcused(record, current, context)
      ? { kind: "settle", local: excuseExit(record.local, current) }
      : settle(record, endingOf(current), context);
  }
  const pause = remainingPause(record, context);
  if (pause !== undefined) return pause;
  const other = others[0];
  if (other !== undefined) return retireOther(other, record, readSpec(record));
  if (context.isHeldBack) return { kind: "wait", reason: "not_named" };
  if (current.isCutOff === true) return retire(current, "cut_off");
  return { kind: "start", handle: current.handle };
}

/**
 * Killed because it might not run here any more, or with its network when the runtime went: no failure. What completed by
 * itself did complete.
 */
function isExcused(
  { job }: InstanceRecord,
  { exitCode, isCutOff }: ObservedWorkload,
  { isHeldBack }: PlanContext,
): boolean {
  const isOurDoing = isHeldBack || isCutOff === true;
  return isOurDoing && !(job.one_shot === true && exitCode === 0);
}

/** Remembers the end of a run as dealt with. */
export function excuseExit(
  local: LocalState,
  { handle, finishedAtMs }: ObservedWorkload,
): LocalState {
  return { ...local, last_exit: { handle, finished_at_ms: finishedAtMs } };
}

function remainingPause({ local }: InstanceRecord, { nowMs }: PlanContext): Step | undefined {
  if (local.next_try === undefined) return undefined;
  const { at_ms, delay_ms } = local.next_try;
  // A wall clock that was set back must not stretch the pause.
  const remainingMs = Math.min(at_ms - nowMs, delay_ms);
  return remainingMs > 0
    ? { kind: "wait", reason: "next_try", untilMs: nowMs + remainingMs }
    : undefined;
}

/** Whether this end of a run has led to a decision already. */
export function isCounted({ last_exit }: LocalState, workload: ObservedWorkload): boolean {
  return last_exit?.handle === workload.handle && last_exit.finished_at_ms >= workload.finishedAtMs;
}

function endingOf(workload: ObservedWorkload) {
  return {
    kind: "exit" as const,
    handle: workload.handle,
    finishedAtMs: workload.finishedAtMs,
    ranMs: workload.finishedAtMs - workload.startedAtMs,
    exitCode: workload.exitCode ?? -1,
    isOutOfMemory: workload.isOutOfMemory,
  };
}

function settle(
  record: InstanceRecord,
  ending: Parameters<typeof settleEnding>[1],
  { nowMs, random, limits }: PlanContext,
): Step {
  const isOneShot = record.job.one_shot === true;
  return {
    kind: "settle",
    local: settleEnding(record.local, ending, { nowMs, random, isOneShot, limits }),
  };
}

/** Stops first what runs. */
function retire(workload: ObservedWorkload, reason: RetireReason): Step {
  const kind = workload.state === "running" ? "stop" : "remove";
  return { kind, handle: workload.handle, reason };
}

function retireOther(
  other: ObservedWorkload,
  record: InstanceRecord,
  spec: WorkloadSpec | undefined,
): Step {
  return retire(other, isOfSpec(other, record, spec) ? "duplicate" : "other_spec");
}

/** undefined when the spec is out of range, see {@link buildWorkloadSpec}. */
export function readSpec(record: InstanceRecord): WorkloadSpec | undefined {
  try {
    return buildWorkloadSpec(record);
  } catch {
    return undefined;
  }
}

/**
 * The copy that counts, and those that have to go. The same spec under a lower pair is adopted as it is.
 * A copy with a higher pair than the record knows is newer than what this worker remembers: it stays.
 */
export function chooseCurrent(
  record: InstanceRecord,
  spec: WorkloadSpec | undefined,
  observed: readonly ObservedWorkload[],
): { current: ObservedWorkload | undefined; others: ObservedWorkload[] } {
  const [current] = observed
    .filter((one) => isOfSpec(one, record, spec))
    .sort(
      (a, b) =>
        Number(b.state === "running") - Number(a.state === "running") ||
        comparePairs(b.identity.pair, a.identity.pair) ||
        b.createdAtMs - a.createdAtMs ||
        (a.handle < b.handle ? -1 : 1),
    );
  return { current, others: observed.filter((one) => one !== current) };
}

function isOfSpec(
  { identity }: ObservedWorkload,
  record: InstanceRecord,
  spec: WorkloadSpec | undefined,
): boolean {
  return identity.specHash === spec?.identity.specHash || comparePairs(identity.pair, record) > 0;
}
