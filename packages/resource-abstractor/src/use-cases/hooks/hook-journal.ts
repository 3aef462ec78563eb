import type { Clock, Logger } from "@oak/kit";
import type { Pending } from "../../domain/hooks/outbox.ts";
import type { HookChanges, HookStore } from "../../ports.ts";
import type { HookBook } from "./hook-book.ts";

/**
 * Brings to disk, behind what happens, what a restart must not forget: events that wait, and the logs. What is told
 * within `saveMs` never gets there.
 */
export interface HookJournal {
  waits(item: Pending): void;
  settled(item: Pending): void;
  logged(hookId: string): void;
  start(): Promise<void>;
  /** Saves what is left, once. */
  stop(): Promise<void>;
}

export interface HookJournalDeps {
  store: Pick<HookStore, "save">;
  book: Pick<HookBook, "get">;
  clock: Clock;
  logger: Logger;
  saveMs: number;
}

export function createHookJournal(deps: HookJournalDeps): HookJournal {
  const { store, book, clock, logger, saveMs } = deps;
  const waiting = new Map<string, Pending>();
  const settled = new Set<string>();
  const logs = new Set<string>();
  let cancel: (() => void) | undefined;
  let saving: Promise<void> = Promise.resolve();
  let isStopped = true;

  const schedule = (delayMs = saveMs): void => {
    if (isStopped || cancel !== undefined) return;
    cancel = clock.setTimer(delayMs, () => {
      cancel = undefined;
      saving = saving.then(save);
    });
  };

  const taken = (): HookChanges => {
    const changes = { waiting: [...waiting.values()], settled: [...settled], logs: logsOf(logs) };
    waiting.clear();
    settled.clear();
    logs.clear();
    return changes;
  };

  /** A hook that is gone has none. */
  const logsOf = (ids: ReadonlySet<string>): HookChanges["logs"] => {
    const hooks = [...ids].map((id) => [id, book.get(id)?.log.entries()] as const);
    return new Map(
      hooks.flatMap(([id, entries]) => (entries === undefined ? [] : [[id, entries]])),
    );
  };

  const putBack = (changes: HookChanges): void => {
    for (const item of changes.waiting) if (!settled.has(item.id)) waiting.set(item.id, item);
    for (const id of changes.settled) settled.add(id);
    for (const id of changes.logs.keys()) logs.add(id);
  };

  const save = async (): Promise<void> => {
    const changes = taken();
    if (changes.waiting.length + changes.settled.length + changes.logs.size === 0) return;
    for (const item of changes.waiting) item.isStored = true;
    try {
      await store.save(changes);
    } catch (error) {
      logger.warn({ err: error }, "deliveries of hooks are not saved yet");
      putBack(changes);
      schedule(saveMs * 5);
    }
  };

  return {
    waits: (item) => {
      // What a late question asks about is outdated after a restart.
      if (item.data !== undefined) return;
      waiting.set(item.id, item);
      schedule();
    },
    settled: (item) => {
      waiting.delete(item.id);
      if (item.isStored !== true) return;
      settled.add(item.id);
      schedule();
    },
    logged: (hookId) => {
      logs.add(hookId);
      schedule();
    },
    start: async () => {
      isStopped = false;
    },
    stop: async () => {
      isStopped = true;
      cancel?.();
      cancel = undefined;
      await saving;
      await save();
    },
  };
}
