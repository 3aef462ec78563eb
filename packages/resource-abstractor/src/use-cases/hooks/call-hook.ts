import type { HookDelivery } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import type { WebhookClient } from "../../adapters/webhook-client.ts";
import { signingKeys } from "../../domain/hooks/hook-record.ts";
import { signatureOf } from "../../domain/hooks/signature.ts";
import type { LiveHook } from "./hook-book.ts";

export interface CallDeps {
  send: WebhookClient;
  clock: Pick<Clock, "nowMs" | "monotonicMs">;
}

export interface HookCall {
  deliveryId: string;
  event: string;
  body: string;
  timeoutMs: number;
  mostBytes: number;
  signal?: AbortSignal | undefined;
}

/** How a call went; `error` when there was no answer. */
export interface CallOutcome {
  status: number | null;
  text: string;
  error: string | null;
  durationMs: number;
}

/** Signs and sends; whoever does not answer, or answers 5xx, is on the way to being left alone. Never rejects. */
export async function callHook(
  { send, clock }: CallDeps,
  { record, breaker }: LiveHook,
  call: HookCall,
): Promise<CallOutcome> {
  const { deliveryId, event, body, ...limits } = call;
  const startedMs = clock.monotonicMs();
  const timestampS = Math.floor(clock.nowMs() / 1000);
  const done = (outcome: Omit<CallOutcome, "durationMs">): CallOutcome => {
    const isDown = outcome.status === null || outcome.status >= 500;
    if (call.signal?.aborted !== true) {
      if (isDown) breaker.failed(clock.monotonicMs());
      else breaker.succeeded();
    }
    return { ...outcome, durationMs: Math.round(clock.monotonicMs() - startedMs) };
  };
  try {
    const headers = {
      "user-agent": "oak-hooks/1",
      "x-oak-event": event,
      "x-oak-hook": record._id,
      "x-oak-delivery": deliveryId,
      "x-oak-signature": signatureOf(signingKeys(record, timestampS), { timestampS, body }),
    };
    const answer = await send({ url: record.webhook_url, body, headers, ...limits });
    return done({ ...answer, error: null });
  } catch (error) {
    return done({ status: null, text: "", error: messageOf(error) });
  }
}

/** Of several attempts to connect the driver says only that they failed. */
function messageOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}

/** An entry of the log, without what differs from case to case. */
export function entryOf(
  call: Pick<HookCall, "deliveryId" | "event">,
  { status, error, durationMs }: CallOutcome,
  about: { entity: string; entityId: string | null; atMs: number },
): Omit<HookDelivery, "outcome"> {
  return {
    id: call.deliveryId,
    event: call.event,
    entity: about.entity,
    entity_id: about.entityId,
    at: about.atMs / 1000,
    status,
    duration_ms: durationMs,
    attempts: 1,
    error,
  };
}
