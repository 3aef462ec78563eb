import type { Clock } from "@oak/kit";

/** A clock that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /** Lets time pass, timer by timer, with all that follows from each. */
  advance(ms: number): Promise<void>;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
  /** How many timers are set. */
  timers(): number;
}

export function createVirtualClock(startMs = 1_700_000_000_000): VirtualClock {
  let nowMs = 0;
  let count = 0;
  const timers = new Map<number, { atMs: number; fn: () => void }>();

  const settle = async (): Promise<void> => {
    // Each turn of the event loop empties the queue of promises; files take a few turns more.
    for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const nextDue = (untilMs: number) =>
    [...timers]
      .filter(([, { atMs }]) => atMs <= untilMs)
      .sort(([a, x], [b, y]) => x.atMs - y.atMs || a - b)[0];

  return {
    nowMs: () => startMs + nowMs,
    monotonicMs: () => nowMs,
    setTimer: (ms, fn) => {
      count += 1;
      const id = count;
      timers.set(id, { atMs: nowMs + Math.max(0, ms), fn });
      return () => {
        timers.delete(id);
      };
    },
    settle,
    timers: () => timers.size,
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      await settle();
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        const [id, { atMs, fn }] = due;
        timers.delete(id);
        nowMs = Math.max(nowMs, atMs);
        fn();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}
