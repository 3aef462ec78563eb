import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import type { HookCreate, HookDelivery, HookPatch, HookWithSecret } from "@oak/contracts";
import { type AppError, type Clock, commonErrors } from "@oak/kit";
import type { HookRecord } from "../../domain/hooks/hook-record.ts";
import type { ReachPolicy } from "../../domain/hooks/reach-policy.ts";
import { readWebhookUrl } from "../../domain/hooks/webhook-url.ts";
import { errors } from "../../errors.ts";
import type { HookStore } from "../../ports.ts";
import { refusingDuplicates } from "../refusals.ts";
import { type CallDeps, callHook, entryOf } from "./call-hook.ts";
import type { HookBook, LiveHook } from "./hook-book.ts";
import type { HookJournal } from "./hook-journal.ts";
import type { HookLimits } from "./hook-limits.ts";

export interface ManageHooksDeps extends CallDeps {
  store: Pick<HookStore, "insert" | "replace" | "remove">;
  book: HookBook;
  journal: Pick<HookJournal, "logged">;
  policy: ReachPolicy;
  clock: Clock;
  limits: HookLimits;
  newId: () => string;
}

/** How long the key before the last one goes on signing, seconds. */
const bothKeysS = 24 * 60 * 60;

/** `POST /api/v1/hooks`. */
export async function createHook(
  deps: ManageHooksDeps,
  { secret = newSecret(), ...body }: HookCreate,
): Promise<HookWithSecret> {
  const { store, book, clock, limits, newId } = deps;
  assertReachable(deps, body.webhook_url);
  assertTellable(body);
  if (book.all().length >= limits.mostHooks) {
    throw errors.too_many_hooks(`There may be ${limits.mostHooks}`);
  }
  const created_at = clock.nowMs() / 1000;
  const record = { _id: newId(), ...body, events: [...new Set(body.events)], created_at, secret };
  await refusingDuplicates(() => store.insert({ ...record }), refusal);
  return { ...book.view(book.put(record)), secret };
}

/** `PATCH /api/v1/hooks/{id}`; the answer has the key when one was made. */
export async function patchHook(
  deps: ManageHooksDeps,
  id: string,
  { secret: given, rotate_secret: rotates, ...fields }: HookPatch,
): Promise<HookWithSecret> {
  const { store, book, clock } = deps;
  const { record } = knownHook(book, id);
  const secret = given ?? (rotates === true ? newSecret() : undefined);
  const keys =
    secret === undefined
      ? {}
      : {
          secret,
          previous_secret: record.secret,
          previous_until: clock.nowMs() / 1000 + bothKeysS,
        };
  const changed: HookRecord = { ...record, ...fields, ...keys };
  if (fields.webhook_url !== undefined) assertReachable(deps, fields.webhook_url);
  assertTellable(changed);
  const isStored = await refusingDuplicates(() => store.replace({ ...changed }), refusal);
  if (!isStored) throw unknown(id);
  const view = book.view(book.put(changed));
  return given === undefined && secret !== undefined ? { ...view, secret } : view;
}

/** `DELETE /api/v1/hooks/{id}`. */
export async function removeHook({ store, book }: ManageHooksDeps, id: string): Promise<void> {
  knownHook(book, id);
  await store.remove(id);
  book.drop(id);
}

/** `POST /api/v1/hooks/{id}/test`: one call, now, whatever state the hook is in. */
export async function testHook(deps: ManageHooksDeps, id: string): Promise<HookDelivery> {
  const { book, journal, clock, limits } = deps;
  const hook = knownHook(book, id);
  const { entity } = hook.record;
  const call = {
    deliveryId: randomBytes(9).toString("base64url"),
    event: "ping",
    body: JSON.stringify({ entity, entity_id: id, event: "ping" }),
    timeoutMs: limits.timeoutMs,
    mostBytes: limits.mostIgnored,
  };
  const atMs = clock.nowMs();
  const outcome = await callHook(deps, hook, call);
  const { status } = outcome;
  const isGood = status !== null && status >= 200 && status < 300;
  const error = outcome.error ?? (isGood ? null : `answered ${status}`);
  const entry = {
    ...entryOf(call, outcome, { entity, entityId: id, atMs }),
    outcome: isGood ? ("delivered" as const) : ("given_up" as const),
    error,
  };
  hook.log.add(entry);
  journal.logged(id);
  return entry;
}

export function knownHook(book: Pick<HookBook, "get">, id: string): LiveHook {
  const hook = book.get(id);
  if (hook === undefined) throw unknown(id);
  return hook;
}

function unknown(id: string): AppError {
  return errors.hook_unknown(`No hook ${id}`);
}

/** Says at once what each call would say; a name is looked up at the calls alone, since it may change. */
function assertReachable({ policy }: ManageHooksDeps, text: string): void {
  const target = readWebhookUrl(text);
  if ("refused" in target) throw errors.webhook_refused(`webhook_url ${target.refused}`);
  const { host, port } = target;
  const address = isIP(host) === 0 && !isLocalName(host) ? undefined : host;
  // A name is judged as if it stood for a public address: what is left is the port.
  const refusal = policy.refusal({ host, address: address ?? "192.0.2.1", port });
  if (refusal !== undefined) {
    throw errors.webhook_refused(`webhook_url must not be reached: ${refusal}`);
  }
}

function isLocalName(host: string): boolean {
  return /^(.+\.)?localhost\.?$/i.test(host);
}

function assertTellable({ entity, events }: Pick<HookRecord, "entity" | "events">): void {
  if (entity !== "instances" || !events.some((event) => event.startsWith("pre_"))) return;
  throw commonErrors.invalid_input({
    detail: "Instances are written by the protocol of the tiers: nobody can be asked before",
    faults: [{ pointer: "/events", message: "holds a pre_ event", allowed: "post_ events" }],
  });
}

function refusal(field: string): AppError {
  return field === "hook_name"
    ? errors.name_taken("A hook of this name exists")
    : errors.already_exists("A hook for this entity and this webhook_url exists");
}

function newSecret(): string {
  return `whsec_${randomBytes(32).toString("base64url")}`;
}
