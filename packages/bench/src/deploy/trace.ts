import { setTimeout as delay } from "node:timers/promises";
import { waitForQuiet } from "../report/machine.ts";
import { watchHops } from "./hops.ts";
import type { Contender } from "./sample.ts";
import type { TestSystem } from "./test-system.ts";

/** Moments of one deployment by name, milliseconds since it was asked for. */
export interface TracedSample {
  moments: Record<string, number>;
}

export interface Trace {
  system: TestSystem;
  contender: Contender;
  count: number;
  signal: AbortSignal;
}

/** Deploys with both databases watched. The watching takes part in the work, so these are not the figures. */
export async function traceDeployments(trace: Trace): Promise<TracedSample[]> {
  const { system, contender, count, signal } = trace;
  const watch = watchHops(system);
  const traced: TracedSample[] = [];
  try {
    for (let number = 0; number < count; number += 1) {
      await delay(300, undefined, { signal });
      await waitForQuiet(signal);
      watch.take();
      const startedMs = performance.now();
      const { answered, created, started, running } = await contender.measure();
      const hops = watch.take().map(({ what, atMs }) => [what, atMs - startedMs] as const);
      traced.push({
        moments: {
          "root: POST answered": answered,
          "docker: created": created,
          "docker: process runs": started,
          "root: RUNNING for users": running,
          ...Object.fromEntries(hops.filter(([, ms]) => ms <= running)),
        },
      });
    }
  } finally {
    await watch.stop();
  }
  return traced;
}
