import type { Clock } from "@oak/kit";

/** A clock that stands still until it is moved; timers fire one turn later, however long they are. */
export interface ManualClock extends Clock {
  move(ms: number): void;
  /** Every wait that was asked for, milliseconds. */
  readonly waits: number[];
}

export function createManualClock(): ManualClock {
  let nowMs = 1_000;
  const waits: number[] = [];
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer: (ms, fn) => {
      waits.push(ms);
      const timer = setImmediate(() => {
        nowMs += ms;
        fn();
      });
      return () => clearImmediate(timer);
    },
    move: (ms) => {
      nowMs += ms;
    },
    waits,
  };
}
