import { monitorEventLoopDelay } from "node:perf_hooks";

/*
 * Loaded before a service (`node --import`): each SIGUSR2 writes how long its event loop was held up since the
 * signal before, one line of JSON to its log. See loop-delay.ts.
 */
const resolutionMs = 1;
const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
histogram.enable();

let reports = 0;
process.on("SIGUSR2", () => {
  reports += 1;
  // What is measured is the time between two looks, which are as far apart as the resolution says.
  const beyond = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  const facts = { p99Ms: beyond(histogram.percentile(99)), maxMs: beyond(histogram.max) };
  process.stderr.write(`\nloop-delay ${JSON.stringify({ report: reports, ...facts })}\n`);
  histogram.reset();
});
