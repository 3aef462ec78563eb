import type { InstanceKey } from "@oak/contracts";
import { backoffCeiling, type Clock } from "@oak/kit";
import { createFault, type Fault, type FaultReason, faultOf } from "../domain/fault.ts";
import { type Action, type PlanContext, planWorkload } from "../domain/plan-workload.ts";
import { settleEnding } from "../domain/restart-policy.ts";
import type { InstanceRecord } from "../store/instance-record.ts";
import type { NextLook } from "./instance-passes.ts";
import { type ActionDeps, performAction, type Transient } from "./perform-action.ts";

export interface ReconcileDeps extends ActionDeps {
  clock: Clock;
  random: () => number;
  /** Rules of the plan that are the same for each instance. */
  planning: Pick<PlanContext, "limits" | "virtualization">;
  strayRules: (key: InstanceKey) => PlanContext["strays"];
  publish: (key: InstanceKey) => void;
}

/** What one instance carries from pass to pass until the engine restarts. */
export interface InstanceState extends Transient {
  /** Holds the engine up, and says nothing about the workload. */
  trouble?: Fault;
  /** Passes that ended in trouble since the latest good one. */
  troubles: number;
}

export const newInstanceState = (): InstanceState => ({ image: "unknown", troubles: 0 });

/** They say nothing about the workload: trying again counts for nothing. */
const ofMachine: ReadonlySet<FaultReason> = new Set([
  "runtime_unavailable",
  "network_unavailable",
  "network_lost",
  "internal_error",
]);
const troublePause = { baseMs: 500, maxMs: 30_000 };
/** A plan that has not come to rest by then is a defect; a pause keeps it from eating the machine. */
const mostSteps = 50;

/**
 * Brings one instance to what is wanted of it: plans a step, does it, plans again, until there is nothing
 * to do. Never rejects. Answers when to look again.
 */
export async function reconcileInstance(
  key: InstanceKey,
  state: InstanceState,
  deps: ReconcileDeps,
  signal: AbortSignal,
): Promise<NextLook> {
  for (let steps = 0; steps < mostSteps && !signal.aborted; steps += 1) {
    if (!deps.observed.isComplete()) {
      // Absence proves nothing before the first list: creating now could make a second copy.
      deps.publish(key);
      return undefined;
    }
    const record = deps.book.get(key);
    const context = planContext(key, record, state, deps);
    const step = planWorkload(record, deps.observed.of(key), context);
    if (step.kind === "wait") {
      endPass(key, state, deps);
      return step.untilMs === undefined
        ? undefined
        : Math.max(1, step.untilMs - deps.clock.nowMs());
    }
    const fault = await tryAction(step, { key, record, state, signal }, deps);
    if (fault !== undefined) return enterTrouble(key, state, fault, deps);
  }
  return signal.aborted ? 0 : enterTrouble(key, state, createFault("internal_error"), deps);
}

function planContext(
  key: InstanceKey,
  record: InstanceRecord | undefined,
  { image }: InstanceState,
  { clock, random, planning, strayRules, isHeldBack }: ReconcileDeps,
): PlanContext {
  const strays = strayRules(key);
  return {
    nowMs: clock.nowMs(),
    random: random(),
    isImageMissing: image === "missing",
    strays,
    isHeldBack: record !== undefined && isHeldBack(record),
    ...planning,
  };
}

interface Pass {
  key: InstanceKey;
  record: InstanceRecord | undefined;
  state: InstanceState;
  signal: AbortSignal;
}

/** Answers the fault that ends the pass; undefined when planning can go on. */
async function tryAction(
  action: Action,
  pass: Pass,
  deps: ReconcileDeps,
): Promise<Fault | undefined> {
  const { key, record, state, signal } = pass;
  const publish = (): void => deps.publish(key);
  deps.logger.debug({ key, step: action.kind, ...reasonOf(action) }, "step");
  try {
    await performAction(action, deps, { record, transient: state, signal, publish });
    return undefined;
  } catch (error) {
    if (signal.aborted) return undefined;
    const fault = faultOf(error);
    deps.logger.warn({ key, step: action.kind, reason: fault.reason, err: error }, "step failed");
    return afterFault(action, fault, pass, deps);
  }
}

function reasonOf(action: Action): { reason?: string; handle?: string } {
  return {
    ...("reason" in action && { reason: action.reason }),
    ...("handle" in action && { handle: action.handle }),
  };
}

/** Sorts faults: those that the plan deals with, those of the workload, and those of the machine. */
async function afterFault(
  action: Action,
  fault: Fault,
  { record, state }: Pass,
  deps: ReconcileDeps,
): Promise<Fault | undefined> {
  // Missing after a pull too: then it is a failed try, not a reason to pull for ever.
  if (fault.reason === "image_missing" && state.image !== "pulled") {
    state.image = "missing";
    return undefined;
  }
  if (fault.reason === "workload_gone" && "handle" in action) {
    deps.observed.drop(action.handle);
    return fault;
  }
  const isOfWorkload =
    action.kind === "pull" || action.kind === "create" || action.kind === "start";
  if (!isOfWorkload || ofMachine.has(fault.reason) || record === undefined) return fault;
  await noteFault(record, fault, deps);
  state.image = "unknown";
  return undefined;
}

/** Counts a failed try, as an exit would be. */
async function noteFault(
  record: InstanceRecord,
  fault: Fault,
  { book, clock, random, planning, publish }: ReconcileDeps,
): Promise<void> {
  const local = settleEnding(
    record.local,
    { kind: "fault", fault },
    {
      nowMs: clock.nowMs(),
      random: random(),
      isOneShot: record.job.one_shot === true,
      limits: planning.limits,
    },
  );
  await book.note(record, { ...record, local });
  publish(record.key);
}

function enterTrouble(
  key: InstanceKey,
  state: InstanceState,
  fault: Fault,
  deps: ReconcileDeps,
): number {
  const ceilingMs = backoffCeiling({ attempt: state.troubles, ...troublePause });
  state.troubles += 1;
  state.trouble = fault;
  deps.publish(key);
  return Math.max(1, (ceilingMs * (1 + deps.random())) / 2);
}

function endPass(key: InstanceKey, state: InstanceState, deps: ReconcileDeps): void {
  state.troubles = 0;
  delete state.trouble;
  deps.publish(key);
}
