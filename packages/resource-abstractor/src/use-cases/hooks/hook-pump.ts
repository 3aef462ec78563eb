import type { Clock } from "@oak/kit";
import type { Pending } from "../../domain/hooks/outbox.ts";
import type { HookBook, LiveHook } from "./hook-book.ts";

/** Takes what waits for hooks out of their boxes, a few of each hook at a time, when it is due. */
export interface HookPump {
  /** Something may be due for this hook. */
  wake(hook: LiveHook): void;
  start(): Promise<void>;
  /** Ends what is under way, and waits for it. */
  stop(): Promise<void>;
}

export interface HookPumpDeps {
  clock: Clock;
  book: Pick<HookBook, "get" | "all">;
  /** Of each hook. */
  atOnce: number;
  /** Removes the item from its box, or puts it back; never rejects. */
  deliver(hook: LiveHook, item: Pending, signal: AbortSignal): Promise<void>;
}

export function createHookPump({ clock, book, atOnce, deliver }: HookPumpDeps): HookPump {
  const timers = new Map<string, () => void>();
  const underWay = new Map<string, number>();
  const running = new Set<Promise<void>>();
  let ending: AbortController | undefined;

  const isBusy = (id: string): boolean => (underWay.get(id) ?? 0) >= atOnce;

  const wake = (hook: LiveHook): void => {
    const id = hook.record._id;
    timers.get(id)?.();
    timers.delete(id);
    if (ending === undefined) return;
    while (!isBusy(id)) {
      const item = hook.outbox.take(clock.nowMs());
      if (item === undefined) break;
      if (!hook.breaker.mayCall(clock.monotonicMs())) {
        hook.outbox.putBack(item);
        break;
      }
      begin(hook, item, ending.signal);
    }
    // With all calls under way the end of one wakes it.
    if (!isBusy(id)) setAlarm(hook);
  };

  /** Its record may be another one by then. */
  const wakeById = (id: string): void => {
    const hook = book.get(id);
    if (hook !== undefined) wake(hook);
  };

  const setAlarm = ({ record: { _id: id }, outbox, breaker }: LiveHook): void => {
    const dueMs = outbox.nextDueMs();
    if (dueMs === undefined) return;
    const retryAtMs = breaker.retryAtMs() ?? 0;
    const delayMs = Math.max(dueMs - clock.nowMs(), retryAtMs - clock.monotonicMs(), 1);
    timers.set(
      id,
      clock.setTimer(delayMs, () => wakeById(id)),
    );
  };

  const begin = (hook: LiveHook, item: Pending, signal: AbortSignal): void => {
    const id = hook.record._id;
    underWay.set(id, (underWay.get(id) ?? 0) + 1);
    const call = deliver(hook, item, signal).finally(() => {
      running.delete(call);
      const left = (underWay.get(id) ?? 1) - 1;
      if (left > 0) underWay.set(id, left);
      else underWay.delete(id);
      wakeById(id);
    });
    running.add(call);
  };

  return {
    wake,
    start: async () => {
      ending = new AbortController();
      for (const hook of book.all()) wake(hook);
    },
    stop: async () => {
      ending?.abort();
      ending = undefined;
      for (const cancel of timers.values()) cancel();
      timers.clear();
      await Promise.all(running);
    },
  };
}
