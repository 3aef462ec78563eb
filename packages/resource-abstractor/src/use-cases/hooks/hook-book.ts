import type { Hook, HookDelivery, HookEvent } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import { type Breaker, createBreaker } from "../../domain/hooks/breaker.ts";
import { createDeliveryLog, type DeliveryLog } from "../../domain/hooks/delivery-log.ts";
import { type HookRecord, hookView } from "../../domain/hooks/hook-record.ts";
import { createHookTable, type HookTable } from "../../domain/hooks/hook-table.ts";
import { createOutbox, type Outbox } from "../../domain/hooks/outbox.ts";
import type { HookStore } from "../../ports.ts";
import type { HookLimits } from "./hook-limits.ts";

/** A hook and how it fares. */
export interface LiveHook {
  readonly record: HookRecord;
  readonly breaker: Breaker;
  readonly log: DeliveryLog;
  readonly outbox: Outbox;
}

/** All hooks, in memory: this service alone writes them, so nobody asks the database at a write. */
export interface HookBook {
  /** From the database, in place of what is known. */
  load(): Promise<void>;
  /** Those that are about such an event, in the order in which they were made. */
  of(entity: string, event: HookEvent): readonly LiveHook[];
  get(id: string): LiveHook | undefined;
  all(): LiveHook[];
  /** A new one, or a new state of one that is known. */
  put(record: HookRecord): LiveHook;
  drop(id: string): void;
  view(hook: LiveHook): Hook;
}

export interface HookBookDeps {
  store: Pick<HookStore, "load">;
  clock: Pick<Clock, "monotonicMs">;
  limits: HookLimits;
}

export function createHookBook({ store, clock, limits }: HookBookDeps): HookBook {
  let hooks = new Map<string, LiveHook>();
  let table: HookTable<LiveHook> = createHookTable<LiveHook>([]);

  const live = (record: HookRecord, logged: readonly HookDelivery[] = []): LiveHook => ({
    record,
    breaker: createBreaker(limits.breaker),
    log: createDeliveryLog({ most: limits.mostLogged }, logged),
    outbox: createOutbox({ most: limits.mostPending }),
  });
  const set = (changed: Map<string, LiveHook>): void => {
    hooks = changed;
    table = createHookTable([...hooks.values()]);
  };

  return {
    load: async () => {
      const loaded = await store.load();
      const read = new Map(
        loaded.hooks.map((record) => [record._id, live(record, loaded.logs.get(record._id))]),
      );
      for (const item of loaded.queue) read.get(item.hookId)?.outbox.add(item);
      set(read);
    },
    of: (entity, event) => table.of(entity, event),
    get: (id) => hooks.get(id),
    all: () => [...hooks.values()],
    put: (record) => {
      const known = hooks.get(record._id);
      const isMoved = known?.record.webhook_url !== record.webhook_url;
      // Another address has not failed yet.
      const hook = known === undefined ? live(record) : { ...known, record };
      const fresh = isMoved ? { ...hook, breaker: createBreaker(limits.breaker) } : hook;
      set(new Map(hooks).set(record._id, fresh));
      return fresh;
    },
    drop: (id) => {
      const left = new Map(hooks);
      left.delete(id);
      set(left);
    },
    view: ({ record, breaker, outbox }) => {
      const retryAtMs = breaker.retryAtMs();
      const isPaused = retryAtMs !== undefined && retryAtMs > clock.monotonicMs();
      return hookView(record, {
        state: isPaused ? "paused" : "working",
        failures: breaker.failures(),
        pending: outbox.size(),
      });
    },
  };
}
