import type { Fenced, Instance } from "@oak/contracts";
import { isDraining, mustOldCopyEnd } from "./old-copies.ts";
import type { PlanContext, Step } from "./plan-instance.ts";
import { sooner } from "./plan-move.ts";

/** While nothing else is to do: copies that a move has left are told to end when their time is up. */
export function planDrains(instance: Instance, context: PlanContext, own: Step): Step {
  if (own.do !== "rest") return own;
  const left = instance.fenced.filter(
    ({ child, ends_at }) => ends_at !== undefined && context.livenessOf(child) !== "lost",
  );
  const due = left.filter((copy) => isDue(instance, copy, context));
  if (due.length > 0) return { do: "stop_copies", copies: due };
  return left.reduce<Step>((step, copy) => sooner(step, nextLook(instance, copy, context)), own);
}

function isDue(instance: Instance, copy: Fenced, context: PlanContext): boolean {
  const agoS = context.stopSentAgoS(copy.child);
  const isFresh = agoS !== undefined && agoS < context.settings.resendS;
  return !isFresh && mustOldCopyEnd(instance, copy, context.nowS);
}

function nextLook(
  instance: Instance,
  copy: Fenced,
  { nowS, settings, stopSentAgoS }: PlanContext,
): Step {
  if (isDraining(copy, nowS) && copy.ends_at !== undefined) {
    return { do: "rest", untilS: copy.ends_at };
  }
  if (!mustOldCopyEnd(instance, copy, nowS)) return { do: "rest" };
  const agoS = stopSentAgoS(copy.child) ?? settings.resendS;
  return { do: "rest", untilS: nowS + settings.resendS - agoS };
}

/** A copy that a move has just left, and that can take over again at once when its successor is lost. */
export function standby(instance: Instance, context: PlanContext): Fenced | undefined {
  return instance.fenced.find(
    (copy) => isDraining(copy, context.nowS) && context.livenessOf(copy.child) === "alive",
  );
}
