import type { Instance, JobReport, ResourcesReport } from "@oak/contracts";
import { JobReport as JobReportSchema, ResourcesReport as ResourcesSchema } from "@oak/contracts";
import { expect, test } from "vitest";
import { anInstance, anObservation, bookWith, jobId, workerId } from "../../test/memory-store.ts";
import type { Evidence } from "../domain/evidence.ts";
import type { Worker } from "../ports.ts";
import { createLegacyWorkers, type LegacyWorkerDeps } from "./legacy-worker.ts";
import type { Orphan } from "./take-orphan.ts";

const jobName = "app.ns.web.ns";
const otherWorker = "bb".padEnd(24, "0");

const worker: Worker = {
  id: workerId,
  session: 4,
  liveness: "alive",
  heardAtMs: 0,
  hasReported: true,
  isLegacy: true,
};

/** upstream: what a NodeEngine publishes on `job`. */
const recordedJob = (status: string, status_detail = ""): JobReport =>
  JobReportSchema.parse({
    sname: jobName,
    status,
    status_detail,
    instance: 0,
    publicip: "192.168.1.20",
  });

/** upstream: what a NodeEngine publishes on `jobs/resources`. */
const recordedResources = (...instances: number[]): ResourcesReport =>
  ResourcesSchema.parse({
    services: instances.map((instance) => ({
      cpu_percent: "1.250000",
      memory_percent: "0.012000",
      disk: "4096",
      logs: "hello\n",
      job_name: jobName,
      virtualization: "docker",
      instance,
    })),
  });

async function withInstances(instances: Instance[], changes: Partial<LegacyWorkerDeps> = {}) {
  const book = await bookWith(...instances);
  const taken: JobReport[] = [];
  const kicked: { key: string; evidence: Evidence | undefined }[] = [];
  const removed: string[] = [];
  const deployed: string[] = [];
  const orphans = new Map<string, Orphan>();
  const spec = { _id: jobId, job_name: jobName, image: "web:1", virtualization: "docker" };
  const legacy = createLegacyWorkers({
    book,
    specs: {
      get: async (id: string) => (id === jobId ? spec : undefined),
      nameOf: (id: string) => (id === jobId ? jobName : ""),
      put: async () => undefined,
    },
    ledger: { settled: () => 7 },
    tier: { current: () => ({ incarnation: "incarnation", base: 0 }) },
    link: {
      deploy: (id: string) => void deployed.push(id),
      remove: (id: string) => void removed.push(id),
    },
    log: { warn: () => undefined },
    take: async (_worker: Worker, report: JobReport) => {
      taken.push(report);
      const { job_id = "", instance, status, epoch = 0, placement = 0, seq = 0 } = report;
      const facts = { status, status_detail: "", epoch, placement, session: worker.session, seq };
      await book.observe(`${job_id}/${instance}`, { ...facts, at: 0 });
    },
    kick: (key: string, evidence?: Evidence) => void kicked.push({ key, evidence }),
    orphans,
    runtimesOf: () => 1,
    ...changes,
  } as unknown as LegacyWorkerDeps);
  return { legacy, taken, kicked, removed, deployed, orphans };
}

test("a status gets the numbers of the assignment that it must mean", async () => {
  const { legacy, taken } = await withInstances([anInstance({ epoch: 3, placement: 2 })]);
  await legacy.takeJobReport(worker, recordedJob("CREATED"));
  expect(taken).toEqual([
    {
      ...recordedJob("CREATED"),
      job_id: jobId,
      epoch: 3,
      placement: 2,
      session: 4,
      seq: 1,
    },
  ]);
});

test("later statuses count on, also after a restart of the cluster", async () => {
  const seen = anObservation({ status: "CREATING", session: 4, seq: 9 });
  const { legacy, taken } = await withInstances([anInstance({ seen })]);
  await legacy.takeJobReport(worker, recordedJob("CREATED"));
  await legacy.takeJobReport(worker, recordedJob("DEAD"));
  expect(taken.map((report) => report.seq)).toEqual([10, 11]);
});

test("a service of another worker is none of its business", async () => {
  const { legacy, taken } = await withInstances([anInstance({ child: otherWorker })]);
  await legacy.takeJobReport(worker, recordedJob("FAILED"));
  expect(taken).toEqual([]);
});

test("that a task is already deployed is no failure", async () => {
  const { legacy, taken } = await withInstances([anInstance()]);
  await legacy.takeJobReport(worker, recordedJob("FAILED", "task already deployed"));
  await legacy.takeJobReport(worker, recordedJob("FAILED", "no such image"));
  expect(taken.map((report) => report.status_detail)).toEqual(["no such image"]);
});

test("DEAD after our own delete is ignored, UNDEPLOYED ends the release", async () => {
  const { legacy, taken } = await withInstances([anInstance({ phase: "releasing" })]);
  await legacy.takeJobReport(worker, recordedJob("DEAD"));
  await legacy.takeJobReport(worker, recordedJob("UNDEPLOYED"));
  expect(taken.map((report) => report.status)).toEqual(["UNDEPLOYED"]);
});

test("the first list with it means that it runs, and its figures get their numbers", async () => {
  const { legacy, taken } = await withInstances([anInstance()]);
  const first = await legacy.takeResources(worker, recordedResources(0));
  await legacy.takeResources(worker, recordedResources(0));
  expect(taken.map((report) => report.status)).toEqual(["RUNNING"]);
  expect(first.services).toMatchObject([
    { job_id: jobId, epoch: 1, placement: 1, cpu_percent: "1.250000" },
  ]);
});

test("what is missing from two lists in a row is dead", async () => {
  const { legacy, taken } = await withInstances([anInstance({ seen: anObservation() })]);
  await legacy.takeResources(worker, recordedResources());
  await legacy.takeResources(worker, recordedResources(0));
  await legacy.takeResources(worker, recordedResources());
  expect(taken).toEqual([]);
  await legacy.takeResources(worker, recordedResources());
  expect(taken.map((report) => report.status)).toEqual(["FAILED"]);
});

test("a worker with three runtimes sends three lists a round", async () => {
  const instances = [anInstance({ seen: anObservation() })];
  const { legacy, taken } = await withInstances(instances, { runtimesOf: () => 3 });
  for (let lists = 0; lists < 5; lists += 1)
    await legacy.takeResources(worker, recordedResources());
  expect(taken).toEqual([]);
  await legacy.takeResources(worker, recordedResources());
  expect(taken.map((report) => report.status)).toEqual(["FAILED"]);
});

test("what has not begun yet is not missed", async () => {
  const seen = anObservation({ status: "CREATING" });
  const { legacy, taken } = await withInstances([anInstance({ seen })]);
  for (let lists = 0; lists < 20; lists += 1) {
    await legacy.takeResources(worker, recordedResources());
  }
  expect(taken).toEqual([]);
});

test("the absence of what was told to stop confirms the end", async () => {
  const seen = anObservation();
  const { legacy, kicked } = await withInstances([anInstance({ phase: "releasing", seen })]);
  await legacy.takeResources(worker, recordedResources());
  await legacy.takeResources(worker, recordedResources());
  expect(kicked.at(-1)).toEqual({
    key: `${jobId}/0`,
    evidence: { kind: "absent", child: workerId, want_rev: 7 },
  });
});

test("a copy that was given up is reported under its own pair", async () => {
  const fenced = [{ child: workerId, epoch: 1, placement: 1, want_rev: 1 }];
  const instance = anInstance({ child: otherWorker, placement: 2, fenced });
  const { legacy, taken } = await withInstances([instance]);
  await legacy.takeResources(worker, recordedResources(0));
  expect(taken).toMatchObject([{ status: "RUNNING", placement: 1 }]);
});

test("a copy whose placement the database has forgotten is kept", async () => {
  const { legacy, kicked, removed } = await withInstances([
    anInstance({ phase: "unplaced", child: null, placement: 0 }),
  ]);
  await legacy.takeResources(worker, recordedResources(0));
  expect(kicked[0]?.evidence).toMatchObject({ kind: "higher", child: workerId });
  expect(removed).toEqual([]);
});

test("a copy of what runs elsewhere is told to end", async () => {
  const { legacy, removed } = await withInstances([anInstance({ child: otherWorker })]);
  await legacy.takeResources(worker, recordedResources(0));
  await Promise.resolve();
  expect(removed).toEqual([workerId]);
});

test("a copy that nobody knows goes on and is listed for a person, until it ends", async () => {
  const { legacy, removed, orphans } = await withInstances([]);
  await legacy.takeResources(worker, recordedResources(0));
  expect([...orphans.values()]).toMatchObject([{ job_name: jobName, worker_id: workerId }]);
  expect(removed).toEqual([]);
  await legacy.takeResources(worker, recordedResources());
  await legacy.takeResources(worker, recordedResources());
  expect(orphans.size).toBe(0);
});

test("after a restart of the agent, what had not begun is sent again", async () => {
  const seen = anObservation({ status: "CREATING" });
  const { legacy, deployed } = await withInstances([
    anInstance({ seen }),
    anInstance({ instance_number: 1, seen: anObservation() }),
  ]);
  legacy.registered(worker);
  await Promise.resolve();
  expect(deployed).toEqual([workerId]);
});
