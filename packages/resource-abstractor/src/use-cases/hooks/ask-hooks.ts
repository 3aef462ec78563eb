import { randomBytes } from "node:crypto";
import type { HookDelivery, HookEvent } from "@oak/contracts";
import { type HookedShape, takeAnswer } from "../../domain/hooks/hooked-shape.ts";
import { type PreAnswer, readPreAnswer } from "../../domain/hooks/pre-answer.ts";
import { errors } from "../../errors.ts";
import { type CallDeps, callHook, entryOf } from "./call-hook.ts";
import type { HookBook, LiveHook } from "./hook-book.ts";
import type { HookJournal } from "./hook-journal.ts";
import type { HookLimits } from "./hook-limits.ts";

/** What is about to be written. */
export interface Question<B> {
  event: HookEvent;
  entity: string;
  /** Absent: it has none yet. */
  entityId?: string | undefined;
  body: B;
  shape: HookedShape<B>;
}

/**
 * Asks `pre_` hooks one after the other, each with what the one before made of the data, and answers what to write.
 * Rejects with `refused_by_hook` when one refuses; one that fails has nothing to say.
 */
export type AskHooks = <B extends object>(question: Question<B>) => Promise<B>;

export interface AskHooksDeps extends CallDeps {
  book: Pick<HookBook, "of">;
  journal: Pick<HookJournal, "logged">;
  limits: HookLimits;
  observe(outcome: HookDelivery["outcome"]): void;
}

/** Less is not worth a connection. */
const leastLeftMs = 20;

export function createAskHooks(deps: AskHooksDeps): AskHooks {
  const { book, clock, limits } = deps;
  return async (question) => {
    const hooks = book.of(question.entity, question.event);
    let { body } = question;
    const deadlineMs = clock.monotonicMs() + limits.budgetMs;
    for (const hook of hooks) {
      const leftMs = deadlineMs - clock.monotonicMs();
      if (leftMs < leastLeftMs) break;
      if (!hook.breaker.mayCall(clock.monotonicMs())) continue;
      body = await askOne(deps, { hook, leftMs }, { ...question, body });
    }
    return body;
  };
}

async function askOne<B extends object>(
  deps: AskHooksDeps,
  { hook, leftMs }: { hook: LiveHook; leftMs: number },
  { event, entityId, body, shape }: Question<B>,
): Promise<B> {
  const { clock, limits } = deps;
  const asked = entityId === undefined ? body : { ...body, _id: entityId };
  const call = {
    deliveryId: randomBytes(9).toString("base64url"),
    event,
    body: JSON.stringify(asked),
    timeoutMs: Math.min(limits.timeoutMs, leftMs),
    mostBytes: limits.mostAnswered,
  };
  const atMs = clock.nowMs();
  const outcome = await callHook(deps, hook, call);
  const about = { entity: hook.record.entity, entityId: entityId ?? null, atMs };
  const entry = entryOf(call, outcome, about);
  const log = (outcome: HookDelivery["outcome"], error: string | null): void => {
    hook.log.add({ ...entry, outcome, error });
    deps.journal.logged(hook.record._id);
    deps.observe(outcome);
  };
  if (outcome.status === null) {
    log("failed", outcome.error);
    return body;
  }
  const answer = readPreAnswer({ status: outcome.status, text: outcome.text });
  if (answer.kind === "refuse") {
    log("refused", answer.message);
    throw refusalOf(hook, answer.message);
  }
  const { outcome: end, error, body: taken } = usedAnswer(answer, { body, shape, event });
  log(end, error);
  return taken;
}

interface Used<B> {
  outcome: HookDelivery["outcome"];
  error: string | null;
  body: B;
}

function usedAnswer<B extends object>(
  answer: Exclude<PreAnswer, { kind: "refuse" }>,
  { body, shape, event }: Pick<Question<B>, "body" | "shape" | "event">,
): Used<B> {
  if (answer.kind === "failed") return { outcome: "failed", error: answer.reason, body };
  if (answer.kind === "keep") {
    const { reason } = answer;
    return { outcome: reason === undefined ? "delivered" : "ignored", error: reason ?? null, body };
  }
  // What goes cannot be changed any more.
  if (event === "pre_delete") return { outcome: "delivered", error: null, body };
  const taken = takeAnswer(shape, body, answer.data);
  if (!taken.ok) return { outcome: "ignored", error: `cannot be stored: ${taken.reason}`, body };
  return { outcome: taken.isChanged ? "changed" : "delivered", error: null, body: taken.body };
}

function refusalOf({ record }: LiveHook, message: string): Error {
  return errors.refused_by_hook({
    detail: `${record.hook_name} refuses: ${message}`,
    params: { hook: record.hook_name },
  });
}
