import { backoffCeiling, type Clock } from "@oak/kit";

/** Does something in the background as long as there is need, one at a time, and not while others have the right of way. */
export interface Filler {
  open(): void;
  /** Waits for what is under way. */
  close(): Promise<void>;
  /** Waits for what is under way, and no more. */
  idle(): Promise<void>;
  /** There may be need. */
  wake(): void;
  /** Something with the right of way begins; the answered function says that it has ended. */
  giveWay(): () => void;
}

export interface FillerDeps {
  isNeeded: () => boolean;
  /** A rejection makes the next pause longer. */
  fill: () => Promise<unknown>;
  onFailure: (error: unknown) => void;
  clock: Clock;
  random: () => number;
}

/** After a start, before the next one is made: what has just started needs the processor more. */
const quietMs = 250;
const pause = { baseMs: 1_000, maxMs: 30_000 };

export function createFiller(deps: FillerDeps): Filler {
  const { isNeeded, fill, clock, random } = deps;
  let isOpen = false;
  let busy = 0;
  let failures = 0;
  let filling: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;

  const pass = async (): Promise<void> => {
    try {
      await fill();
      failures = 0;
    } catch (error) {
      failures += 1;
      deps.onFailure(error);
    }
  };

  const nextMs = (): number => {
    if (failures === 0) return quietMs;
    return (backoffCeiling({ attempt: failures - 1, ...pause }) * (1 + random())) / 2;
  };

  const begin = (): void => {
    cancelTimer = undefined;
    if (!isOpen || busy > 0 || filling !== undefined || !isNeeded()) return;
    filling = pass().finally(() => {
      filling = undefined;
      later(nextMs());
    });
  };

  const later = (ms: number): void => {
    if (!isOpen) return;
    cancelTimer?.();
    cancelTimer = clock.setTimer(ms, begin);
  };
  const wake = (): void => {
    if (filling === undefined) later(nextMs());
  };

  return {
    open: () => {
      if (isOpen) return;
      isOpen = true;
      wake();
    },
    close: async () => {
      isOpen = false;
      cancelTimer?.();
      await filling;
    },
    idle: async () => filling,
    wake,
    giveWay: () => {
      busy += 1;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        busy -= 1;
        if (busy === 0) wake();
      };
    },
  };
}
