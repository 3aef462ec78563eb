import type { Clock } from "../src/clock.ts";

/** A clock that only moves when told to; timers fire in order of their time. */
export interface FakeClock extends Clock {
  /** Moves on by `ms`, firing what falls due and letting promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Moves the time without firing anything: a process that is not scheduled. */
  freeze(ms: number): void;
  readonly timers: number;
}

export function createFakeClock(): FakeClock {
  let nowMs = 0;
  let timers: { dueMs: number; fn: () => void }[] = [];

  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const nextDue = (untilMs: number) =>
    timers.filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];

  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer: (ms, fn) => {
      const timer = { dueMs: nowMs + Math.max(0, ms), fn };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    freeze: (ms) => {
      nowMs += ms;
    },
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      await settle();
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        const due = timer;
        timers = timers.filter((other) => other !== due);
        nowMs = Math.max(nowMs, due.dueMs);
        due.fn();
        await settle();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
    get timers() {
      return timers.length;
    },
  };
}
