import type { Candidate, Job } from "@oak/contracts";
import { expect, test } from "vitest";
import type { JobWithInstances } from "../../ports/jobs.ts";
import { createServiceMemory, type ServiceFacts } from "./service-memory.ts";

const aJob = (id: string, extra: Partial<Job> = {}): Job =>
  ({
    _id: id,
    applicationID: "shop",
    rev: 1,
    spec_rev: 1,
    members: [],
    created_at: 5,
    ...extra,
  }) as Job;
const stored = (id: string): JobWithInstances => ({ ...aJob(id), instance_list: [], stored: true });

/** A memory of some services, beside a store that can be told from it. */
function aMemory(...known: Job[]) {
  const jobs = new Map(known.map((job) => [job._id, job]));
  const facts: ServiceFacts = {
    jobs: { get: (id) => jobs.get(id), all: () => jobs.values() },
    instancesOf: () => [],
  };
  const world = {
    nowMs: 0,
    facts: facts as ServiceFacts | undefined,
    checks: 0,
    check: async (): Promise<void> => undefined,
    clusters: [] as Candidate[],
  };
  const memory = createServiceMemory({
    facts: () => world.facts,
    listClusters: async () => world.clusters,
    checkStore: () => {
      world.checks += 1;
      return world.check();
    },
    doubt: () => {
      world.facts = undefined;
    },
    monotonicMs: () => world.nowMs,
  });
  const reader = memory.readingFrom({
    list: async () => [stored("s")],
    findWithInstances: async (id) => stored(id),
  });
  return { jobs, world, memory, reader };
}

test("while memory may not be what is stored, the store is asked", async () => {
  const { world, reader } = aMemory(aJob("a"));
  world.facts = undefined;
  expect(await reader.list()).toEqual([stored("s")]);
  expect(await reader.findWithInstances("a")).toEqual(stored("a"));
  expect(world.checks).toBe(0);
});

test("lists have what is not deleted, of all or of one application", async () => {
  const other = aJob("c", { applicationID: "other" });
  const { reader } = aMemory(aJob("a"), aJob("b", { deleted: true }), other);
  const ids = (list: JobWithInstances[]) => list.map(({ _id }) => _id);
  expect(ids(await reader.list())).toEqual(["a", "c"]);
  expect(ids(await reader.list({ applicationID: "other" }))).toEqual(["c"]);
  expect(await reader.list({ applicationID: "none" })).toEqual([]);
});

test("a list is the same object until a service changes, and then only that service is another", async () => {
  const { jobs, memory, reader } = aMemory(aJob("a"), aJob("b"));
  const before = await reader.list();
  expect(await reader.list()).toBe(before);
  jobs.set("b", aJob("b", { rev: 2 }));
  memory.forget("b");
  const after = await reader.list();
  expect(after[0]).toBe(before[0]);
  expect(after[1]).toMatchObject({ _id: "b", rev: 2 });
});

test("the store is looked at once a second, however many read", async () => {
  const { world, reader } = aMemory(aJob("a"));
  await Promise.all([reader.list(), reader.list(), reader.findWithInstances("a")]);
  world.nowMs = 999;
  await reader.list();
  expect(world.checks).toBe(1);
  world.nowMs = 1_000;
  await reader.list();
  expect(world.checks).toBe(2);
});

test("when the store cannot be reached nothing is told from memory", async () => {
  const { world, reader } = aMemory(aJob("a"));
  await reader.list();
  world.nowMs = 1_000;
  world.check = () => Promise.reject(new Error("away"));
  await expect(reader.list()).rejects.toThrow("away");
  await expect(reader.findWithInstances("a")).rejects.toThrow("away");
  world.check = async () => undefined;
  expect(await reader.list()).toHaveLength(1);
});

test("what the look at the store brings to light counts for who waits for it", async () => {
  const { world, reader } = aMemory(aJob("a"));
  world.check = async () => {
    world.facts = undefined;
  };
  expect(await reader.list()).toEqual([stored("s")]);
});

test("a cluster that comes while clusters are read is read as well", async () => {
  const { world, memory, reader } = aMemory(aJob("a"));
  let goOn = (): void => undefined;
  world.check = () =>
    new Promise((resolve) => {
      goOn = resolve;
    });
  const reading = reader.list();
  memory.membersChanged();
  world.check = async () => undefined;
  goOn();
  await reading;
  expect(world.checks).toBe(2);
});
