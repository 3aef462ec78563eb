import type { Instance, Move, MoveWish } from "@oak/contracts";
import { comparePairs, isOfMove, REASONS } from "@oak/core";
import type { Evidence } from "./evidence.ts";
import type { PlanContext, Step } from "./plan-instance.ts";

/** A move whose second copy is on a worker. */
export type OpenMove = Move & { child: string };

/** The move that is under way, if any. */
export function openMove({ move }: Pick<Instance, "move">): OpenMove | undefined {
  return move?.child == null ? undefined : { ...move, child: move.child };
}

/** Whether the workers were heard since the start, and what is stored can be relied on. */
export function isSure({ isGateOpen, isLearning }: PlanContext): boolean {
  return isGateOpen && !isLearning;
}

/** A wish to move that nothing was done about yet. */
export function pendingWish({ intent, move }: Instance): MoveWish | undefined {
  const wish = intent?.move;
  return wish !== undefined && wish.id > (move?.id ?? 0) ? wish : undefined;
}

/**
 * Lays a move over the next step of an assigned instance: first the second copy, and only when it runs the
 * assignment goes over to it. Until then whatever becomes of that copy changes nothing about the first one.
 * @param planOwn the next step as if there were no move
 */
export function planWithMove(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
  planOwn: () => Step,
): Step {
  const move = openMove(instance);
  if (move === undefined) return planWithoutMove(instance, context, planOwn());
  const { seen } = instance;
  if (instance.intent?.wanted === true && seen !== null && isOfMove(instance, seen)) {
    return seen.status === "RUNNING"
      ? { do: "switch_copy", isGone: false }
      : { do: "end_move", detail: seen.status_detail };
  }
  const own = planOwn();
  if (own.do === "rest" || own.do === "send_deploy") {
    return sooner(own, planSecondCopy(instance, move, evidence, context));
  }
  // The first copy is lost: the second one is on its way and takes over, in place of a third one.
  if (isLossOfCopy(own)) return { do: "switch_copy", isGone: own.do === "clear" };
  return { do: "end_move", detail: "reason" in own ? REASONS[own.reason] : REASONS.adopted };
}

function planWithoutMove(instance: Instance, context: PlanContext, own: Step): Step {
  const { child, seen } = instance;
  if (own.do !== "rest" || child === null || pendingWish(instance) === undefined) return own;
  if (context.livenessOf(child) === "lost") {
    return { do: "end_move", detail: `${REASONS.child_lost}: ${child}` };
  }
  // While it comes up (again) the move waits; whatever fails for good is placed anew anyway.
  const isRunning = seen?.status === "RUNNING" && comparePairs(seen, instance) === 0;
  if (!isRunning) return own;
  return isSure(context) ? { do: "begin_move" } : { do: "rest", untilS: context.nowS + 0.25 };
}

function isLossOfCopy(step: Step): boolean {
  switch (step.do) {
    case "fence":
      return step.reason === "child_lost";
    case "clear":
      return step.reason === "child_removed" || step.reason === "released_by_child";
    case "release":
      return step.reason !== "deleted" && step.reason !== "spec_changed" && step.exclude;
    default:
      return false;
  }
}

function planSecondCopy(
  instance: Instance,
  move: OpenMove,
  evidence: readonly Evidence[],
  context: PlanContext,
): Step {
  const liveness = context.livenessOf(move.child);
  if (liveness === "removed") return { do: "end_move", detail: REASONS.child_removed };
  if (liveness === "lost") return { do: "end_move", detail: REASONS.child_lost };
  if (isForgotten(move.child, evidence, context)) {
    return { do: "end_move", detail: REASONS.released_by_child };
  }
  const told = evidence.findLast((fact) => isWordOf(fact, move));
  if (told?.kind === "released") return { do: "end_move", detail: REASONS.released_by_child };
  if (told?.kind === "moving") {
    if (OVER.has(told.status)) return { do: "end_move", detail: told.detail || told.status };
    if (told.status !== move.status) return { do: "note_move", status: told.status };
  }
  // It may have arrived while nobody listened, and be the only copy by now: nobody ends it before it was heard.
  if (!isSure(context)) return { do: "rest", untilS: context.nowS + 0.25 };
  if (pendingWish(instance) !== undefined) {
    return { do: "end_move", detail: "Another move was asked for" };
  }
  return move.status === null ? planUnacknowledged(context) : planComingUp(move, context);
}

/**
 * Whether only an old database remembers this copy: its worker has none any more, and the room may be another's by now.
 * While a tier learns it tells nobody anything, so no copy can be on its way.
 */
export function isForgotten(
  child: string | null,
  evidence: readonly Evidence[],
  { isLearning }: PlanContext,
): boolean {
  const isAbsence = (fact: Evidence): boolean =>
    fact.kind === "absent" && fact.child === child && fact.inDoubt === true;
  return isLearning && evidence.some(isAbsence);
}

/** After these the new copy has had its chance. */
const OVER: ReadonlySet<string> = new Set(["FAILED", "DEAD", "COMPLETED", "UNDEPLOYED"]);

function isWordOf(fact: Evidence, move: OpenMove): boolean {
  const isWord = fact.kind === "moving" || fact.kind === "released";
  return isWord && fact.child === move.child && comparePairs(fact, move) === 0;
}

function planUnacknowledged({ moveSent, settings, nowS }: PlanContext): Step {
  if (moveSent === undefined) return { do: "send_move" };
  if (moveSent.sendingForS > settings.acknowledgeS) {
    return { do: "end_move", detail: REASONS.not_acknowledged };
  }
  const { agoS } = moveSent;
  if (agoS >= settings.resendS) return { do: "send_move" };
  return { do: "rest", untilS: nowS + settings.resendS - agoS };
}

function planComingUp({ status, since }: OpenMove, { settings, nowS }: PlanContext): Step {
  const untilS = since + (status === "CREATING" ? settings.creatingS : settings.createdS);
  return nowS > untilS
    ? { do: "end_move", detail: REASONS.stuck }
    : { do: "rest", untilS: untilS + 0.001 };
}

/** Of two steps the one that acts; of two rests the shorter one. */
export function sooner(own: Step, other: Step): Step {
  if (own.do !== "rest") return own;
  if (other.do !== "rest") return other;
  const times = [own.untilS, other.untilS].filter((time) => time !== undefined);
  return times.length === 0 ? { do: "rest" } : { do: "rest", untilS: Math.min(...times) };
}
