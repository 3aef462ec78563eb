import { backoffCeiling } from "./backoff.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

/** A pass that is repeated until it is stopped. A failed pass delays the next one, nothing else. */
export interface Loop {
  /** Starts with a pass at once (unless `startDelayMs`); does not wait for it. */
  start(): Promise<void>;
  /** Aborts the signal of a running pass and waits until it has ended. */
  stop(): Promise<void>;
  /**
   * Asks for a pass now. Any number of calls during a pass make exactly one more, right after it.
   * After a failed pass it waits for the pause to end, so that hints cannot hammer what is down.
   */
  trigger(): void;
}

export interface LoopOptions {
  /** Label of its metrics and field of its log lines. */
  name: string;
  /** One pass. Must end soon after `signal` aborts. */
  run: (signal: AbortSignal) => Promise<void>;
  /** From the end of one pass to the start of the next. */
  everyMs: number;
  /**
   * Share by which the interval varies both ways, 0 to 1: keeps loops of many processes apart. 0: passes begin at
   * multiples of `everyMs` of the monotonic clock, so that the loops of one process wake it together.
   */
  jitter?: number;
  startDelayMs?: number;
  /** Limits of the pause after a failure; by default from `everyMs` (at most 1 s) to 30 s or `everyMs`. */
  backoff?: { baseMs: number; maxMs: number };
  logger: Logger;
  metrics: Metrics;
  clock?: Clock;
  random?: () => number;
}

type Outcome = "ok" | "failed" | "aborted";

export function createLoop(options: LoopOptions): Loop {
  const { name, everyMs, jitter = 0.1, clock = systemClock, random = Math.random } = options;
  const backoff = options.backoff ?? {
    baseMs: Math.min(everyMs, 1_000),
    maxMs: Math.max(everyMs, 30_000),
  };
  const record = createRecorder(options, clock);
  let controller: AbortController | undefined;
  let cancelTimer: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let isTriggered = false;
  let failures = 0;

  const schedule = (delayMs: number): void => {
    const dueAtMs = clock.monotonicMs() + delayMs;
    cancelTimer?.();
    cancelTimer = clock.setTimer(delayMs, () => begin(dueAtMs));
  };

  const begin = (dueAtMs: number): void => {
    const { signal } = controller ?? {};
    if (signal === undefined || signal.aborted || running !== undefined) return;
    cancelTimer?.();
    cancelTimer = undefined;
    isTriggered = false;
    running = pass(signal, dueAtMs).finally(() => {
      running = undefined;
      if (!signal.aborted) schedule(pauseMs());
    });
  };

  const pass = async (signal: AbortSignal, dueAtMs: number): Promise<void> => {
    const startedMs = clock.monotonicMs();
    let outcome: Outcome = "ok";
    try {
      await options.run(signal);
      failures = 0;
    } catch (error) {
      outcome = signal.aborted ? "aborted" : "failed";
      if (outcome === "failed") {
        failures += 1;
        options.logger.warn({ loop: name, failures, err: error }, "loop pass failed");
      }
    }
    record({ outcome, startedMs, dueAtMs, failures });
  };

  const pauseMs = (): number => {
    if (failures > 0) {
      // Half of the pause is sure and half is chance: after a failure nobody comes back at once.
      const ceiling = backoffCeiling({ attempt: failures - 1, ...backoff });
      return (ceiling * (1 + random())) / 2;
    }
    if (isTriggered) return 0;
    return jitter === 0 ? toNextMultipleMs() : everyMs * (1 + jitter * (2 * random() - 1));
  };

  const toNextMultipleMs = (): number => {
    const leftMs = everyMs - (clock.monotonicMs() % everyMs);
    // A timer may fire a little early: that was the pass of this multiple.
    return leftMs < everyMs / 10 ? leftMs + everyMs : leftMs;
  };

  return {
    start: async () => {
      if (controller !== undefined) return;
      controller = new AbortController();
      schedule(options.startDelayMs ?? 0);
    },
    stop: async () => {
      cancelTimer?.();
      cancelTimer = undefined;
      controller?.abort();
      await running;
      controller = undefined;
      isTriggered = false;
      failures = 0;
    },
    trigger: () => {
      if (controller === undefined || controller.signal.aborted) return;
      isTriggered = true;
      if (running === undefined && failures === 0) schedule(0);
    },
  };
}

interface PassRecord {
  outcome: Outcome;
  startedMs: number;
  dueAtMs: number;
  failures: number;
}

function createRecorder({ name, metrics }: LoopOptions, clock: Clock): (pass: PassRecord) => void {
  const duration = metrics.histogram({
    name: "loop_duration_seconds",
    help: "How long one pass took",
    labels: ["loop", "outcome"],
  });
  const lag = metrics.gauge({
    name: "loop_lag_seconds",
    help: "How late the latest pass began",
    labels: ["loop"],
  });
  const consecutive = metrics.gauge({
    name: "loop_consecutive_failures",
    help: "Failed passes since the latest good one",
    labels: ["loop"],
  });
  return ({ outcome, startedMs, dueAtMs, failures }) => {
    duration.observe({ loop: name, outcome }, (clock.monotonicMs() - startedMs) / 1_000);
    lag.set({ loop: name }, Math.max(0, startedMs - dueAtMs) / 1_000);
    consecutive.set({ loop: name }, failures);
  };
}
