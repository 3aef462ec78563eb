import type { Fenced, Instance } from "@oak/contracts";
import { comparePairs } from "@oak/core";
import type { Evidence } from "./evidence.ts";
import { isCopyWanted, isDraining, isNamed, mustOldCopiesEnd } from "./old-copies.ts";
import type { PlanContext, Step } from "./plan-instance.ts";
import { sooner } from "./plan-move.ts";

/**
 * While nothing else is to do: the end of a copy that a move has left is counted when its connections have ended, or its time is up, and its worker
 * is told until it confirms.
 */
export function planDrains(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
  own: Step,
): Step {
  if (own.do !== "rest" || !mustOldCopiesEnd(instance)) return own;
  return instance.fenced
    .filter(({ child, ends_at }) => ends_at !== undefined && context.livenessOf(child) !== "lost")
    .reduce<Step>((step, copy) => sooner(step, planDrain(instance, copy, evidence, context)), own);
}

function planDrain(
  instance: Instance,
  copy: Fenced,
  evidence: readonly Evidence[],
  context: PlanContext,
): Step {
  const { nowS, settings } = context;
  if (!isNamed(copy)) {
    const isIdle = evidence.some((fact) => isIdleness(fact, copy));
    const mayGoOn = isCopyWanted(instance) && isDraining(copy, nowS) && !isIdle;
    if (!mayGoOn || copy.ends_at === undefined) return { do: "name_copy", copy };
    return { do: "rest", untilS: copy.ends_at };
  }
  const agoS = context.stopSentAgoS(copy.child);
  if (agoS === undefined || agoS >= settings.resendS) return { do: "stop_copy", copy };
  return { do: "rest", untilS: nowS + settings.resendS - agoS };
}

function isIdleness(fact: Evidence, copy: Fenced): boolean {
  return fact.kind === "idle" && fact.child === copy.child && comparePairs(fact, copy) === 0;
}

/** A copy that a move has just left, and that can take over again at once when its successor is lost. */
export function standby(instance: Instance, context: PlanContext): Fenced | undefined {
  return instance.fenced.find(
    (copy) => isDraining(copy, context.nowS) && context.livenessOf(copy.child) === "alive",
  );
}
