import { fileURLToPath } from "node:url";
import type { ServiceProcess } from "@oak/testkit";
import { z } from "zod";
import { until } from "../system/bench-system.ts";

const Report = z.object({ report: z.int(), p99Ms: z.number(), maxMs: z.number() });
export type LoopDelay = Pick<z.infer<typeof Report>, "p99Ms" | "maxMs">;

/** Flags of Node for a service whose event loop is watched. */
export const watchedLoop: readonly string[] = [
  "--import",
  fileURLToPath(new URL("loop-delay-hook.js", import.meta.url)),
];

/** How long the event loop of a service was held up since this was asked before. */
export async function takeLoopDelay(service: ServiceProcess): Promise<LoopDelay> {
  const before = lastReport(service)?.report ?? 0;
  service.signal("SIGUSR2");
  let report = lastReport(service);
  await until("the service tells of its event loop", { withinMs: 10_000 }, () => {
    report = lastReport(service);
    return (report?.report ?? 0) > before;
  });
  if (report === undefined) throw new Error("The service told nothing of its event loop");
  return { p99Ms: report.p99Ms, maxMs: report.maxMs };
}

function lastReport(service: ServiceProcess): z.infer<typeof Report> | undefined {
  const line = service
    .logTail(200)
    .split("\n")
    .findLast((one) => one.startsWith("loop-delay "));
  return line === undefined ? undefined : Report.parse(JSON.parse(line.slice(line.indexOf("{"))));
}
