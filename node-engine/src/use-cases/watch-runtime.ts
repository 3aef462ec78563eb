import { backoffCeiling, type Clock, type Logger } from "@oak/kit";
import { type Fault, faultOf } from "../domain/fault.ts";
import type { ObservedWorkloads } from "../domain/observed-workloads.ts";
import type { Runtime } from "../ports.ts";

/** Keeps the observed workloads true: a full list at the start, when events were lost, and at times. */
export interface RuntimeWatch {
  /** Resolves after the first list, or its failure. `onListed` follows each list, good or not. */
  start(onListed: () => void): Promise<void>;
  /** Waits for a list that is under way. */
  stop(): Promise<void>;
  /** Lists soon; any number of calls during a list make one more. */
  trigger(): void;
  /** Why the latest list failed; undefined after a good one. */
  fault(): Fault | undefined;
}

export interface RuntimeWatchOptions {
  runtime: Runtime;
  observed: ObservedWorkloads;
  clock: Clock;
  random: () => number;
  logger: Logger;
  everyMs: number;
}

const pause = { baseMs: 500, maxMs: 30_000 };
const jitter = 0.2;

export function createRuntimeWatch(options: RuntimeWatchOptions): RuntimeWatch {
  const { runtime, observed, clock, random, logger, everyMs } = options;
  let present: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let notify: () => void = () => undefined;
  let isAgain = false;
  let isStopped = true;
  let failures = 0;
  let fault: Fault | undefined;

  const list = async (): Promise<void> => {
    const mark = observed.mark();
    try {
      observed.replace(await runtime.list(), mark);
      failures = 0;
      fault = undefined;
    } catch (error) {
      failures += 1;
      fault = faultOf(error);
      logger.warn({ failures, reason: fault.reason, err: error }, "workloads could not be listed");
    }
    if (!isStopped) notify();
  };

  const nextPauseMs = (): number => {
    if (isAgain) return 0;
    if (failures === 0) return everyMs * (1 + jitter * (random() - 0.5));
    return (backoffCeiling({ attempt: failures - 1, ...pause }) * (1 + random())) / 2;
  };

  const begin = (): Promise<void> => {
    cancelTimer?.();
    isAgain = false;
    present = list().finally(() => {
      present = undefined;
      if (!isStopped) cancelTimer = clock.setTimer(nextPauseMs(), () => void begin());
    });
    return present;
  };

  return {
    start: async (onListed) => {
      if (!isStopped) return;
      isStopped = false;
      notify = onListed;
      await begin();
    },
    stop: async () => {
      isStopped = true;
      cancelTimer?.();
      await present;
    },
    trigger: () => {
      if (isStopped) return;
      if (present !== undefined) isAgain = true;
      else void begin();
    },
    fault: () => fault,
  };
}
