import { backoffCeiling } from "./backoff.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

/** Something that should run all the time, such as following a stream of events. */
export interface Task {
  /** Starts it in the background. */
  start(): Promise<void>;
  /** Aborts its signal and waits until it has ended. */
  stop(): Promise<void>;
}

export interface TaskOptions {
  name: string;
  /** Runs until `signal` aborts. Ending before that, by return or by throw, is followed by a restart. */
  run: (signal: AbortSignal) => Promise<void>;
  backoff?: { baseMs: number; maxMs: number };
  /** A run that lasted this long makes the next pause short again. */
  stableMs?: number;
  logger: Logger;
  metrics: Metrics;
  clock?: Clock;
  random?: () => number;
}

/** A supervised task: whatever happens inside, it is started again after a growing pause. */
export function createTask(options: TaskOptions): Task {
  const { name, logger, clock = systemClock, random = Math.random, stableMs = 60_000 } = options;
  const backoff = options.backoff ?? { baseMs: 500, maxMs: 30_000 };
  const restarts = options.metrics.counter({
    name: "task_restarts_total",
    help: "How often a supervised task ended and was started again",
    labels: ["task"],
  });
  let controller: AbortController | undefined;
  let supervised: Promise<void> | undefined;

  const runOnce = async (signal: AbortSignal): Promise<unknown> => {
    try {
      await options.run(signal);
      return undefined;
    } catch (error) {
      return error;
    }
  };

  const supervise = async (signal: AbortSignal): Promise<void> => {
    let attempt = 0;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      const error = await runOnce(signal);
      if (signal.aborted) return;
      if (clock.monotonicMs() - startedMs >= stableMs) attempt = 0;
      const pauseMs = (backoffCeiling({ attempt, ...backoff }) * (1 + random())) / 2;
      attempt += 1;
      restarts.inc({ task: name });
      logger.warn({ task: name, attempt, pauseMs, err: error }, "task ended, will restart");
      await sleep(clock, pauseMs, signal);
    }
  };

  return {
    start: async () => {
      if (controller !== undefined) return;
      controller = new AbortController();
      supervised = supervise(controller.signal);
    },
    stop: async () => {
      controller?.abort();
      await supervised;
      controller = undefined;
    },
  };
}
