import { randomBytes } from "node:crypto";
import type { HookDelivery, HookEvent } from "@oak/contracts";
import type { Pending } from "../../domain/hooks/outbox.ts";
import { type DeliverDeps, deliverEvent, logEntry } from "./deliver-event.ts";
import type { HookBook, LiveHook } from "./hook-book.ts";
import { createHookPump, type HookPump } from "./hook-pump.ts";

/** What happened. */
export interface Happening {
  event: HookEvent;
  /** Under which hooks are looked up. */
  entity: string;
  entityId: string;
  /** It happens all the time: told once in a while. */
  isFrequent?: boolean;
}

/** Tells hooks of what happened, behind the requests that did it. */
export interface Teller extends HookPump {
  happened(happening: Happening): void;
  /** Asks `pre_update` hooks about something that is written already; `take` gets what they answer. */
  askLater(entity: string, entityId: string, data: Record<string, unknown>): void;
}

export interface TellerDeps extends DeliverDeps {
  book: Pick<HookBook, "of" | "get" | "all">;
}

export function createTeller(deps: TellerDeps): Teller {
  const { clock, book, journal, limits } = deps;
  const pump = createHookPump({
    clock,
    book,
    atOnce: limits.atOnce,
    deliver: (hook, item, signal) => deliverEvent(deps, { hook, item, signal }),
  });

  const newItem = (hook: LiveHook, happening: Happening): Pending => {
    const nowMs = clock.nowMs();
    return {
      id: randomBytes(9).toString("base64url"),
      hookId: hook.record._id,
      event: happening.event,
      entity: hook.record.entity,
      entityId: happening.entityId,
      atMs: nowMs,
      dueMs: happening.isFrequent === true ? nowMs + limits.gatherMs : nowMs,
      attempts: 0,
    };
  };

  const add = (hook: LiveHook, item: Pending): void => {
    const { isNew, isSooner, dropped } = hook.outbox.add(item);
    if (dropped !== undefined) {
      journal.settled(dropped);
      logEntry(deps, hook, dropEntry(dropped));
    }
    if (isNew) journal.waits(item);
    if (isNew || isSooner) pump.wake(hook);
  };

  return {
    ...pump,
    happened: (happening) => {
      for (const hook of book.of(happening.entity, happening.event)) {
        add(hook, newItem(hook, happening));
      }
    },
    askLater: (entity, entityId, data) => {
      for (const hook of book.of(entity, "pre_update")) {
        const asked = { event: "pre_update", entity, entityId, isFrequent: true } as const;
        add(hook, { ...newItem(hook, asked), data });
      }
    },
  };
}

function dropEntry(item: Pending): HookDelivery {
  return {
    id: item.id,
    event: item.event,
    entity: item.entity,
    entity_id: item.entityId,
    at: item.atMs / 1000,
    outcome: "dropped",
    status: null,
    duration_ms: 0,
    attempts: item.attempts,
    error: "too many events waited",
  };
}
