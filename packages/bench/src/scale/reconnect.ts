import { setTimeout as delay } from "node:timers/promises";
import type { Aim, BenchContext } from "../bench.ts";
import { toCount, toFigure } from "../report/text-table.ts";
import { until } from "../system/bench-system.ts";
import type { CrowdedSystem } from "./crowded-system.ts";

const backMs = 300_000;
/** The cluster judges silence again only some time after its own return: mistakes would show then. */
const settleMs = 30_000;

/** Kills the broker, starts it again, and waits until everybody is back. */
export async function measureReconnect(
  { system, crowd }: CrowdedSystem,
  count: number,
  { say, results, signal }: BenchContext,
): Promise<Aim[]> {
  const broker = system.cluster.services["mqtt-broker"];
  const evictedBefore = await system.clusterMetric("oak_cluster_evictions_total");
  say(`\n${toCount(count)} workers: the broker is killed and started again`);
  await broker.kill();
  const startedMs = performance.now();
  await broker.start();
  const ready = performance.now() - startedMs;
  const moments: { online: number; ms: number }[] = [];
  await until("all sessions are back", { withinMs: backMs, everyMs: 100, signal }, async () => {
    const { online } = await crowd.look();
    moments.push({ online, ms: performance.now() - startedMs });
    return online >= count;
  });
  const back = performance.now() - startedMs;
  const half = moments.find(({ online }) => online >= count / 2)?.ms ?? back;
  say(
    `broker ready after ${toFigure(ready)} ms, half of the sessions after ${toFigure(half)} ms, all after ${toFigure(back)} ms`,
  );
  await delay(settleMs, undefined, { signal });
  const evicted = (await system.clusterMetric("oak_cluster_evictions_total")) - evictedBefore;
  const { online } = await crowd.look();
  say(`${settleMs / 1000} s later: online ${toCount(online)}, lost by mistake ${evicted}`);
  const rows = moments.map((moment) => ({ workers: count, ...moment }));
  say(`samples: ${await results.save(`scale-reconnect-${count}`, rows)}`);
  const what = `${toCount(count)} workers, broker restarted`;
  return [{ what: `${what}: lost by mistake`, measured: evicted, atMost: 0, unit: "workers" }];
}
