import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

test("metrics carry the prefix and the service", async () => {
  const metrics = createMetrics({ service: "scheduler" });
  metrics.counter({ name: "jobs_total", help: "Jobs", labels: ["kind"] }).inc({ kind: "a" }, 2);
  expect(await metrics.render()).toContain('oak_jobs_total{kind="a",service="scheduler"} 2');
});

test("a name that is declared twice is one metric", async () => {
  const metrics = createMetrics({ service: "s" });
  metrics.gauge({ name: "things", help: "Things" }).inc();
  metrics.gauge({ name: "things", help: "Things" }).inc();
  expect(await metrics.render()).toContain('oak_things{service="s"} 2');
});

test("two services of one process do not see each other's metrics", async () => {
  const first = createMetrics({ service: "a" });
  const second = createMetrics({ service: "b" });
  first.gauge({ name: "things", help: "Things" }).set(1);
  expect(await second.render()).not.toContain("oak_things");
});

test("the figures of the process are read at each scrape", async () => {
  let rss = 0;
  const metrics = createMetrics({
    service: "s",
    process: {
      memoryUsage: () => ({ rss, heapUsed: 5 }),
      cpuUsage: () => ({ user: 1_000_000, system: 500_000 }),
      uptime: () => 7,
    },
  });
  expect(await metrics.render()).toContain('process_resident_memory_bytes{service="s"} 0\n');
  rss = 2;
  const text = await metrics.render();
  expect(text).toContain('process_resident_memory_bytes{service="s"} 2\n');
  expect(text).toContain('process_cpu_seconds_total{service="s"} 1.5\n');
});
