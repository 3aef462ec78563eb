import type { Instance } from "@oak/contracts";
import { fp } from "@oak/kit";
import type { Evidence } from "../domain/evidence.ts";
import { type PlanContext, planInstance, type Step } from "../domain/plan-instance.ts";
import type { AssignmentDeps } from "../ports.ts";
import { secondCopy } from "./commands.ts";
import { clear, close, fence, release, unfence } from "./end-copy.ts";
import { beginMove, endMove, nameCopy, noteMove, switchCopy } from "./move-instance.ts";
import { adopt, place } from "./place-on-worker.ts";
import { besides, lastSent, type SentTimes, send, sendMove, sendStop } from "./send-command.ts";

/** A chain of steps without a pause; more than this in one run is a defect of the plan. */
const MAX_STEPS = 12;

/**
 * Brings one instance forward until it rests.
 * @returns monotonic milliseconds when to look again, undefined: only after a hint
 * @throws whatever the store throws; the reconciler comes back
 */
export async function reconcileInstance(
  deps: AssignmentDeps,
  sent: SentTimes,
  key: string,
  evidence: Evidence[],
): Promise<number | undefined> {
  for (let count = 0; count < MAX_STEPS; count += 1) {
    const instance = deps.book.get(key);
    if (instance === undefined) {
      forget(sent, key);
      return undefined;
    }
    const step = planInstance(instance, evidence, contextOf(deps, sent, instance));
    if (step.do === "rest") return restUntilMs(deps, step.untilS);
    deps.onStep?.(step.do);
    await execute(deps, sent, instance, step);
    if (step.do === "adopt") evidence = [];
  }
  deps.log.error({ instance: key }, "an instance does not come to rest");
  return deps.clock.monotonicMs() + 1000;
}

/** What the plan may know beside the instance itself. */
export function contextOf(deps: AssignmentDeps, sent: SentTimes, instance: Instance): PlanContext {
  const last = lastSent(sent, instance);
  const nowMs = deps.clock.monotonicMs();
  return {
    nowS: deps.clock.nowMs() / 1000,
    settings: deps.settings,
    isGateOpen: deps.isGateOpen(),
    livenessOf: deps.roster.livenessOf,
    sentAgoS: last && (nowMs - last.atMs) / 1000,
    sendingForS: last && (nowMs - last.firstAtMs) / 1000,
    isSettledAbove: deps.isSettledAbove(instance._id),
    isLearning: deps.isLearning(),
    moveSent: moveSentOf(sent, instance, nowMs),
    stopSentAgoS: (child) => {
      const stop = sent.get(besides.oldCopy(instance._id, child));
      return stop && (nowMs - stop.atMs) / 1000;
    },
    onSilence: deps.specs.policyOf(instance.job_id, instance.spec_rev),
    silentForS: silentForS(deps, instance.child),
  };
}

function moveSentOf(sent: SentTimes, instance: Instance, nowMs: number) {
  const copy = secondCopy(instance);
  const last = copy && lastSent(sent, copy, besides.secondCopy(copy._id));
  return last && { agoS: (nowMs - last.atMs) / 1000, sendingForS: (nowMs - last.firstAtMs) / 1000 };
}

function forget(sent: SentTimes, key: string): void {
  sent.delete(key);
  sent.delete(besides.secondCopy(key));
}

function silentForS({ roster, clock }: AssignmentDeps, child: string | null): number {
  const worker = child === null ? undefined : roster.get(child);
  return worker === undefined ? 0 : (clock.monotonicMs() - worker.heardAtMs) / 1000;
}

function restUntilMs(deps: AssignmentDeps, untilS: number | undefined): number | undefined {
  if (untilS === undefined) return undefined;
  return deps.clock.monotonicMs() + Math.max(0, untilS * 1000 - deps.clock.nowMs());
}

type ActiveStep = Exclude<Step, { do: "rest" }>;

async function execute(
  deps: AssignmentDeps,
  sent: SentTimes,
  instance: Instance,
  step: ActiveStep,
): Promise<void> {
  switch (step.do) {
    case "place":
      await place(deps, instance);
      return;
    case "adopt":
      return adopt(deps, instance, step.child, step.above);
    case "send_deploy":
      return send(deps, sent, instance, { kind: "deploy" });
    case "send_delete":
      return send(deps, sent, instance, { kind: "delete" });
    case "release":
      return release(deps, instance, step.reason);
    case "fence":
      return fence(deps, instance, step.reason);
    case "unfence":
      for (const { child } of step.copies) sent.delete(besides.oldCopy(instance._id, child));
      return unfence(deps, instance, step.copies);
    case "clear":
      return clear(deps, instance, step);
    case "close":
      return close(deps, instance, step.reason);
    case "forget":
      await deps.book.remove(instance);
      fp("placer.forgotten", instance._id);
      return;
    default:
      return executeMove(deps, sent, instance, step);
  }
}

/** Steps of a move, and what it leaves behind. */
type MoveStep = Extract<
  Step,
  {
    do:
      | "begin_move"
      | "send_move"
      | "note_move"
      | "switch_copy"
      | "end_move"
      | "name_copy"
      | "stop_copy";
  }
>;

async function executeMove(
  deps: AssignmentDeps,
  sent: SentTimes,
  instance: Instance,
  step: MoveStep,
): Promise<void> {
  switch (step.do) {
    case "begin_move":
      return beginMove(deps, instance);
    case "send_move":
      return sendMove(deps, sent, instance);
    case "note_move":
      return noteMove(deps, instance, step.status);
    case "switch_copy":
      return switchCopy(deps, instance, step.isGone);
    case "end_move":
      return endMove(deps, instance, step.detail);
    case "name_copy":
      return nameCopy(deps, instance, step.copy);
    case "stop_copy":
      return sendStop(deps, sent, instance, step.copy);
    default:
      return unreachable(step);
  }
}

function unreachable(value: never): never {
  throw new Error(`unexpected step ${JSON.stringify(value)}`);
}
