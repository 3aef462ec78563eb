import {
  type Clock,
  type Component,
  component,
  createLoop,
  createTask,
  type Logger,
  type Metrics,
  sleep,
} from "@oak/kit";
import type { RootFollower } from "../use-cases/follow-root.ts";
import type { WorkListener } from "../use-cases/root-outbox.ts";
import { NotRegistered } from "../use-cases/root-registration.ts";

export interface RootLoopDeps {
  root: RootFollower;
  /** Calls back when the root should hear something soon. */
  onRootWork(listener: WorkListener): void;
  onReported(): void;
  /** milliseconds that the figures of a report take to work out */
  figuresCostMs(): number;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
}

export interface RootLoops {
  components: readonly Component[];
  /** The cluster offers something else than it told: report soon. */
  reportSoon(): void;
}

const heartbeatMs = 5_000;
/** Changes of one moment go in one report; what nobody waits for may wait for the next change … */
const coalesceMs = { milestone: 1, step: 100 };
/** … and in a large cluster reports take at most a tenth of the time. */
const costShare = 10;
/** Everything is asked for and told once in a while, although nothing should be missing. */
const repairEveryMs = 60_000;
const waitS = 25;
/** Between two polls, whatever the root answers. */
const pauseMs = 20;
/** When the root comes back, an edge that waited for it should not wait on. */
const backoff = { baseMs: 250, maxMs: 5_000 };

/** What goes on between cluster and root: wishes are pulled, changes and a heartbeat reported. */
export function createRootLoops(deps: RootLoopDeps): RootLoops {
  const { root, clock } = deps;
  let repairedAtMs = Number.NEGATIVE_INFINITY;
  let cancelReport: (() => void) | undefined;
  let reportDueAtMs = Number.POSITIVE_INFINITY;

  const reporting = createLoop({
    ...deps,
    name: "report-to-root",
    everyMs: heartbeatMs,
    backoff,
    run: async (signal) => {
      if (clock.monotonicMs() - repairedAtMs >= repairEveryMs) {
        root.reportAllNext();
        repairedAtMs = clock.monotonicMs();
      }
      await registeredAgain(() => root.report(signal));
      deps.onReported();
    },
  });
  const reportWithin = (waitMs: number): void => {
    const delayMs = Math.max(waitMs, deps.figuresCostMs() * costShare);
    const dueAtMs = clock.monotonicMs() + delayMs;
    if (dueAtMs >= reportDueAtMs) return;
    cancelReport?.();
    reportDueAtMs = dueAtMs;
    cancelReport = clock.setTimer(delayMs, () => {
      reportDueAtMs = Number.POSITIVE_INFINITY;
      reporting.trigger();
    });
  };
  deps.onRootWork((isMilestone) =>
    reportWithin(isMilestone ? coalesceMs.milestone : coalesceMs.step),
  );

  const pulling = createTask({ ...deps, name: "pull-from-root", backoff, run: pullFor(deps) });
  return {
    reportSoon: () => reportWithin(coalesceMs.step),
    components: [
      component("report to the root", {
        start: reporting.start,
        stop: async () => {
          cancelReport?.();
          reportDueAtMs = Number.POSITIVE_INFINITY;
          await reporting.stop();
        },
      }),
      component("pull from the root", pulling),
    ],
  };
}

function pullFor({ root, clock }: RootLoopDeps): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    let fullAtMs = clock.monotonicMs();
    while (!signal.aborted) {
      const leftMs = fullAtMs - clock.monotonicMs();
      if (leftMs <= 0) {
        await registeredAgain(() => root.pullAll(signal));
        fullAtMs = clock.monotonicMs() + repairEveryMs;
      } else {
        const wait = Math.min(waitS, Math.ceil(leftMs / 1_000));
        await registeredAgain(() => root.pull(wait, signal));
      }
      await sleep(clock, pauseMs, signal);
    }
  };
}

/** A root that has restarted asks for a registration first; that is no failure to wait after. */
async function registeredAgain(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof NotRegistered)) throw error;
    await work();
  }
}
