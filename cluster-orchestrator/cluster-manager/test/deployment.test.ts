import { expect, test } from "vitest";
import { aJob, startFakeRoot } from "./fake-root.ts";
import { startScriptedWorker } from "./scripted-worker.ts";
import { startTier } from "./tier.ts";
import { until } from "./until.ts";

test("what the root wants runs on a worker, and the root hears of it", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const worker = await startScriptedWorker(tier.url(), { name: "edge-1" });
  const job = aJob("aa");
  root.want(job, 0);
  const seen = await root.sees(job, 0, "RUNNING");
  expect(seen).toMatchObject({ epoch: 1, worker_id: worker.id(), released: false });
  // It does not say where it is: the cluster knows from where it came.
  expect(seen).toMatchObject({ publicip: "127.0.0.1", host_ip: "127.0.0.1" });
  expect(worker.deploys[0]).toMatchObject({
    _id: job._id,
    job_name: job.job_name,
    image: "web:1",
    instance_number: 0,
    assignment: { epoch: 1, placement: 1 },
  });
  const figures = root.reports.at(-1);
  expect(figures).toMatchObject({ active_nodes: 1, allocatable: { vcpus: 4 } });
  expect(figures?.free_shapes).toMatchObject([{ vcpus: 3, memory: 3_900, count: 1 }]);
});

test("what the root does not want any more stops, and nothing is left over", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const worker = await startScriptedWorker(tier.url(), { name: "edge-1" });
  const job = aJob("aa");
  root.want(job, 0);
  await root.sees(job, 0, "RUNNING");
  root.unwant(job, 0);
  expect(await root.sees(job, 0, "UNDEPLOYED")).toMatchObject({ released: true });
  await until(() => tier.core().book.count() === 0 && worker.held.size === 0);
  const [candidate] = (await tier.abstractor.request({ path: "/api/v1/resources" })) as never[];
  expect(candidate).toMatchObject({ holds: {} });
});
