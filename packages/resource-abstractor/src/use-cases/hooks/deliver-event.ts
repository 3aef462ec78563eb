import type { HookDelivery, HookNotice } from "@oak/contracts";
import { backoffCeiling, type Clock } from "@oak/kit";
import type { Pending } from "../../domain/hooks/outbox.ts";
import { type CallDeps, type CallOutcome, callHook, entryOf } from "./call-hook.ts";
import type { LiveHook } from "./hook-book.ts";
import type { HookJournal } from "./hook-journal.ts";
import type { HookLimits } from "./hook-limits.ts";

type Outcome = HookDelivery["outcome"];

export interface DeliverDeps extends CallDeps {
  clock: Clock;
  journal: Pick<HookJournal, "waits" | "settled" | "logged">;
  limits: HookLimits;
  /** Stores what a hook answered to a late question; answers what became of it. */
  take(item: Pending, answer: { status: number; text: string }): Promise<Outcome>;
  observe(outcome: Outcome): void;
}

/** Tells one event once. Afterwards it is out of the box, or back in it and due later. */
export async function deliverEvent(
  deps: DeliverDeps,
  { hook, item, signal }: { hook: LiveHook; item: Pending; signal: AbortSignal },
): Promise<void> {
  const { clock, journal, limits } = deps;
  const isQuestion = item.data !== undefined;
  const call = {
    deliveryId: item.id,
    event: item.event,
    body: JSON.stringify(item.data ?? noticeOf(item)),
    timeoutMs: limits.timeoutMs,
    mostBytes: isQuestion ? limits.mostAnswered : limits.mostIgnored,
    signal,
  };
  const told = await callHook(deps, hook, call);
  if (signal.aborted) return hook.outbox.putBack(item);
  item.attempts += 1;
  const outcome = isQuestion ? await questionEnd(deps, item, told) : noticeEnd(deps, item, told);
  if (outcome === "failed") {
    const attempt = item.attempts - 1;
    item.dueMs = clock.nowMs() + backoffCeiling({ attempt, ...limits.retry });
    hook.outbox.putBack(item);
    journal.waits(item);
  } else {
    hook.outbox.remove(item);
    journal.settled(item);
  }
  const error = told.error ?? statusError(told);
  logEntry(deps, hook, {
    ...entryOf(call, told, item),
    attempts: item.attempts,
    outcome,
    error,
  });
}

/** Lists what became of an event. */
export function logEntry(
  { journal, observe }: Pick<DeliverDeps, "journal" | "observe">,
  hook: LiveHook,
  entry: HookDelivery,
): void {
  hook.log.add(entry);
  journal.logged(hook.record._id);
  observe(entry.outcome);
}

async function questionEnd(
  { take }: DeliverDeps,
  item: Pending,
  { status, text }: CallOutcome,
): Promise<Outcome> {
  if (status === null) return "given_up";
  try {
    return await take(item, { status, text });
  } catch {
    // The database is away; the next sign of life is asked about again.
    return "given_up";
  }
}

function noticeEnd(
  { clock, limits }: DeliverDeps,
  { attempts, atMs }: Pending,
  { status }: CallOutcome,
): Outcome {
  if (status !== null && status >= 200 && status < 300) return "delivered";
  const isOld = clock.nowMs() - atMs > limits.mostAgeMs;
  return isOld || isFinal(status) || attempts >= limits.mostAttempts ? "given_up" : "failed";
}

/** The same request will not be liked better later. */
function isFinal(status: number | null): boolean {
  return status !== null && status < 500 && status !== 408 && status !== 429;
}

function noticeOf({ entity, entityId, event }: Pending): HookNotice {
  return { entity, entity_id: entityId, event };
}

function statusError({ status }: CallOutcome): string | null {
  const isGood = status !== null && status >= 200 && status < 300;
  return isGood ? null : `answered ${status}`;
}
