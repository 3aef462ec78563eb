import type { InstanceKey } from "@oak/contracts";
import { backoffCeiling, type Clock } from "@oak/kit";

/** When to look again although nothing has changed, in ms; undefined: not by time. */
export type NextLook = number | undefined;

export interface InstancePassesOptions {
  clock: Clock;
  /** One pass over one instance. `signal` aborts when the pass is overtaken. Must not reject. */
  run: (key: InstanceKey, signal: AbortSignal) => Promise<NextLook>;
  /** A pass rejected all the same; it is tried again after a pause. */
  onDefect: (key: InstanceKey, error: unknown) => void;
}

const defectPauseMs = 5_000;
/** Before a pass that was called for during the one before it, when that one was as well: what calls for itself must not eat the machine. */
const againPause = { baseMs: 1, maxMs: 1_000 };

/**
 * Runs passes: one at a time for an instance, side by side for different ones. Any number of triggers
 * during a pass make exactly one more.
 */
export interface InstancePasses {
  trigger(key: InstanceKey): void;
  /** As `trigger`, and ends what the present pass waits for, such as a pull. */
  overtake(key: InstanceKey): void;
  /** Since when the longest present pass runs, monotonic ms; undefined: none does. */
  oldestStartMs(): number | undefined;
  /** Starts no more passes, aborts those that run and waits until they have ended. */
  stop(): Promise<void>;
}

interface Running {
  controller: AbortController;
  startedMs: number;
  done: Promise<void>;
  isAgain: boolean;
  /** How many passes before it were each called for during another. */
  turn: number;
}

export function createInstancePasses(options: InstancePassesOptions): InstancePasses {
  const { clock, run, onDefect } = options;
  const running = new Map<InstanceKey, Running>();
  const timers = new Map<InstanceKey, () => void>();
  let isStopped = false;

  const clearTimer = (key: InstanceKey): void => {
    timers.get(key)?.();
    timers.delete(key);
  };

  const trigger = (key: InstanceKey): void => {
    if (isStopped) return;
    const present = running.get(key);
    if (present === undefined) begin(key);
    else present.isAgain = true;
  };

  const beginIn = (ms: number, key: InstanceKey, turn: number): void => {
    timers.set(
      key,
      clock.setTimer(ms, () => begin(key, turn)),
    );
  };

  const begin = (key: InstanceKey, turn = 0): void => {
    clearTimer(key);
    const controller = new AbortController();
    const startedMs = clock.monotonicMs();
    const pass: Running = { controller, startedMs, isAgain: false, done: Promise.resolve(), turn };
    running.set(key, pass);
    const recover = (error: unknown): NextLook => {
      onDefect(key, error);
      return defectPauseMs;
    };
    pass.done = run(key, controller.signal)
      .catch(recover)
      .then((nextMs) => {
        running.delete(key);
        if (isStopped) return;
        if (pass.isAgain) beginAgain(key, pass);
        else if (nextMs !== undefined) beginIn(nextMs, key, 0);
      });
  };

  /** At once when something new is wanted, or when it is the first time. */
  const beginAgain = (key: InstanceKey, { turn, controller }: Running): void => {
    if (turn === 0 || controller.signal.aborted) begin(key, turn + 1);
    else beginIn(backoffCeiling({ attempt: turn - 1, ...againPause }), key, turn + 1);
  };

  return {
    trigger,
    overtake: (key) => {
      trigger(key);
      const present = running.get(key);
      if (present?.isAgain === true) present.controller.abort();
    },
    oldestStartMs: () => {
      const starts = [...running.values()].map(({ startedMs }) => startedMs);
      return starts.length === 0 ? undefined : Math.min(...starts);
    },
    stop: async () => {
      isStopped = true;
      for (const key of [...timers.keys()]) clearTimer(key);
      const passes = [...running.values()];
      for (const { controller } of passes) controller.abort();
      await Promise.all(passes.map(({ done }) => done));
    },
  };
}
