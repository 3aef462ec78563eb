import { type Clock, systemClock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/** The little of `process` that shutdown needs. */
export interface ProcessEvents {
  on(event: string, listener: (...values: unknown[]) => void): unknown;
  off(event: string, listener: (...values: unknown[]) => void): unknown;
  exit(code: number): void;
}

export interface ShutdownOptions {
  stop: () => Promise<unknown>;
  logger: Logger;
  /** `stop` may take this long; then the process ends with code 1. */
  timeoutMs?: number;
  process: ProcessEvents;
  clock?: Clock;
}

/** npm passes a signal on that its whole group got: one Ctrl-C arrives twice within milliseconds. */
export const SAME_SIGNAL_MS = 500;

const signalNumbers = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Called by main.ts alone. The first SIGINT or SIGTERM stops in order and exits 0; a second one exits
 * at once. An error that nobody caught leaves an unknown state behind: it is logged and the process
 * exits 1, for whoever supervises it to start a clean one. Returns what removes the listeners.
 */
export function installShutdown(options: ShutdownOptions): () => void {
  const { stop, logger, timeoutMs = 10_000, process, clock = systemClock } = options;
  let first: { signal: string; atMs: number } | undefined;

  const stopOnce = (): void => {
    const cancel = clock.setTimer(timeoutMs, () => {
      logger.error({ timeoutMs }, "stopping took too long, exiting");
      process.exit(1);
    });
    stop().then(
      () => {
        cancel();
        process.exit(0);
      },
      (error: unknown) => {
        cancel();
        logger.error({ err: error }, "stopping failed");
        process.exit(1);
      },
    );
  };

  const signalListeners = Object.entries(signalNumbers).map(([signal, number]) => {
    const listener = (): void => {
      const nowMs = clock.monotonicMs();
      if (first?.signal === signal && nowMs - first.atMs < SAME_SIGNAL_MS) return;
      if (first !== undefined) {
        logger.warn({ signal }, "second signal, exiting at once");
        process.exit(128 + number);
        return;
      }
      first = { signal, atMs: nowMs };
      logger.info({ signal }, "stopping");
      stopOnce();
    };
    return [signal, listener] as const;
  });
  const failureListeners = ["unhandledRejection", "uncaughtException"].map((event) => {
    const listener = (error: unknown): void => {
      logger.fatal({ err: error, event }, "unexpected failure, exiting");
      process.exit(1);
    };
    return [event, listener] as const;
  });

  const listeners = [...signalListeners, ...failureListeners];
  for (const [event, listener] of listeners) process.on(event, listener);
  return () => {
    for (const [event, listener] of listeners) process.off(event, listener);
  };
}
