import { type Instance, instanceKey, type Job, type Observation } from "@oak/contracts";
import { createAssignmentClient, createInstanceBook, createTierIdentityBook } from "@oak/tier";
import fc from "fast-check";
import { type Db, MongoClient, ObjectId } from "mongodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClusterCandidates } from "../src/adapters/resource-abstractor/cluster-candidates.ts";
import { createJobBook } from "../src/adapters/resource-abstractor/job-book.ts";
import { createJobClient } from "../src/adapters/resource-abstractor/jobs.ts";
import type { ServiceReader } from "../src/adapters/resource-abstractor/service-memory.ts";
import { createJobIndex } from "../src/domain/instance-indexes.ts";
import { createPlacerMemory } from "../src/placer-memory.ts";
import type { JobStore, JobWithInstances } from "../src/ports/jobs.ts";
import { startAbstractor, type TestAbstractor } from "./whole-root.ts";

let abstractor: TestAbstractor;
const endings: AbortController[] = [];

beforeAll(async () => {
  abstractor = await startAbstractor();
});

afterAll(async () => {
  for (const ending of endings) ending.abort();
  await abstractor.stop();
});

const anId = () => new ObjectId().toHexString();

/** What a placer holds in memory, over a real store, and how often that is asked for services. */
async function aPlacer() {
  const { client } = abstractor;
  const jobs = createJobBook(client);
  const ending = new AbortController();
  endings.push(ending);
  jobs.follow(ending.signal).catch(() => undefined);
  const tier = createTierIdentityBook(client);
  const candidates = createClusterCandidates(client);
  const book = createInstanceBook(createAssignmentClient(client), () => performance.now());
  const index = createJobIndex(book);
  const memory = createPlacerMemory({
    jobs,
    tier,
    storedTier: createTierIdentityBook(client),
    listClusters: candidates.list,
    monotonicMs: () => performance.now(),
  });
  memory.attach({
    book,
    instancesOf: (jobId) => index.keysOf(jobId).flatMap((key) => book.get(key) ?? []),
  });
  await tier.load();
  await jobs.whenLoaded();
  await book.load();
  memory.loaded();
  const store = createJobClient(client);
  const asked: string[] = [];
  const watched: JobStore = {
    ...store,
    list: (filter) => {
      asked.push("list");
      return store.list(filter);
    },
    findWithInstances: (id) => {
      asked.push(id);
      return store.findWithInstances(id);
    },
  };
  const written = jobs.learningFrom(watched);
  return { jobs, book, candidates, memory, store, written, asked, ending };
}

type Placer = Awaited<ReturnType<typeof aPlacer>>;

function aJob(extra: Partial<Job> = {}): Job {
  const id = anId();
  return {
    _id: id,
    microserviceID: id,
    applicationID: anId(),
    microservice_name: "web",
    microservice_namespace: "prod",
    app_name: "shop",
    app_ns: "prod",
    service_name: "web",
    service_ns: "prod",
    job_name: `shop.${id}`,
    job_name_key: `shop.${id}`,
    virtualization: "docker",
    code: "registry.example/web:1",
    image: "registry.example/web:1",
    RR_ip: null,
    owner: "ada",
    rev: 0,
    spec_rev: 1,
    members: [],
    next_instance_progressive_number: 0,
    deleted: false,
    created_at: 5,
    ...extra,
  };
}

function anInstance(job_id: string, instance_number: number, child: string | null): Instance {
  return {
    _id: instanceKey(job_id, instance_number),
    job_id,
    instance_number,
    rev: 0,
    phase: child === null ? "unplaced" : "assigned",
    child,
    epoch: 1,
    placement: 0,
    spec_rev: 1,
    want_rev: 1,
    need: { vcpus: 0, memory: 0, vgpus: 0, host_ports: [] },
    intent: null,
    fenced: [],
    excluded: [],
    status: child === null ? "NO_WORKER_CAPACITY" : "CLUSTER_SCHEDULED",
    status_detail: "a word",
    reason: "waiting",
    attempts: 0,
    retry_at: 0,
    phase_since: 7.5,
    seen: null,
    cpu_history: [],
    memory_history: [],
  };
}

const aReport = (seq: number, facts: Partial<Observation> = {}): Observation => ({
  status: "RUNNING",
  status_detail: "",
  session: 1,
  seq,
  epoch: 1,
  placement: 0,
  at: 100 + seq,
  ...facts,
});

async function created(placer: Placer, extra: Partial<Job> = {}): Promise<Job> {
  const made = await placer.written.create(aJob(extra));
  if (!made.ok) throw new Error(made.reason);
  return made.value;
}

const byId = (services: readonly JobWithInstances[]) =>
  services.toSorted((one, other) => (one._id < other._id ? -1 : 1));

/** The list as the store has it, and as it is read; the same but for order. */
async function expectSameLists({ store }: Placer, reader: ServiceReader, app?: string) {
  const filter = app === undefined ? {} : { applicationID: app };
  expect(byId(await reader.list(filter))).toEqual(byId(await store.list(filter)));
}

const STEPS = ["observe", "renew", "unplace", "remove", "want", "reread"] as const;
type Step = (typeof STEPS)[number];

test("whatever happens to services and instances, memory tells what the store tells", async () => {
  const placer = await aPlacer();
  const { book, candidates, written, store, asked } = placer;
  const { _id: cluster } = await candidates.upsert({
    candidate_name: `c${anId()}`,
    candidate_location: "48.1,11.5,100",
    ip: "192.0.2.1",
  });
  placer.memory.membersChanged();
  const reader = placer.memory.readingFrom(written);
  const facts = fc.record(
    {
      status: fc.constantFrom(
        "RUNNING",
        "FAILED",
        "CREATED",
        "COMPLETED",
      ) as fc.Arbitrary<"RUNNING">,
      status_detail: fc.constantFrom("", "a detail"),
      reason: fc.constantFrom("image_not_found", "waiting"),
      logs: fc.constantFrom("some words\n", ""),
      publicip: fc.constant("192.0.2.7"),
      published_ports: fc.constant("80:80"),
      host_ip: fc.constant("192.0.2.8"),
      host_port: fc.constant(50103),
      worker_id: fc.constantFrom("a0".repeat(12), "b0".repeat(12)),
      cpu_percent: fc.constantFrom("1.5", "2"),
      memory_percent: fc.constant("3"),
      disk: fc.constant("4"),
      restarts: fc.constantFrom(0, 3),
      released: fc.boolean(),
      refused: fc.constant("no room"),
    },
    { requiredKeys: [] },
  );
  // The first step for an instance makes it.
  const step = fc.record({
    do: fc.constantFrom<Step>("observe", "observe", "observe", ...STEPS),
    n: fc.constantFrom(0, 1, 2),
    facts,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 16 }),
      fc.constantFrom<Partial<Job>>(
        { members: [0] },
        {
          members: [0, 1, 2],
          vcpus: 0.5,
          memory: 12.5,
          cmd: ["run"],
          addresses: { rr_ip: "10.30.0.9" },
        },
        { members: [0, 1], spec_rev: 2, last_revision: 2, member_revisions: { 0: 1 } },
      ),
      async (steps, extra) => {
        const job = await created(placer, extra);
        let seq = 0;
        for (const { n, do: what, facts: told } of steps) {
          const key = instanceKey(job._id, n);
          const instance = book.get(key);
          const latest = placer.jobs.get(job._id) ?? job;
          if (what === "want") {
            const members = [...new Set([...latest.members, n])];
            await written.patch(job._id, { members }, latest.rev);
          } else if (instance === undefined) {
            await book.write(undefined, anInstance(job._id, n, n === 2 ? null : cluster));
          } else if (what === "observe") {
            seq += 1;
            await book.observe(key, aReport(seq, { ...told, epoch: instance.epoch }));
          } else if (what === "renew") {
            await book.write(instance, { ...instance, epoch: instance.epoch + 1, spec_rev: 2 });
          } else if (what === "unplace") {
            await book.write(instance, { ...instance, child: null, phase: "unplaced" });
          } else if (what === "remove") await book.remove(instance);
          // A report that is not new makes the book read the stored record, which has charts.
          else await book.observe(key, aReport(0, { epoch: 0 }));
        }
        await expectSameLists(placer, reader, job.applicationID);
        expect(await reader.findWithInstances(job._id)).toEqual(
          await store.findWithInstances(job._id),
        );
      },
    ),
    { numRuns: 25 },
  );
  await expectSameLists(placer, reader);
  expect(asked).not.toContain("list");
});

test("a service whose instances were not heard of costs no question, and comes again as the same object", async () => {
  const placer = await aPlacer();
  const reader = placer.memory.readingFrom(placer.written);
  const job = await created(placer, { members: [0] });
  const found = await reader.findWithInstances(job._id);
  expect(found).toEqual(await placer.store.findWithInstances(job._id));
  expect(await reader.findWithInstances(job._id)).toBe(found);
  expect((await reader.list({ applicationID: job.applicationID }))[0]).toBe(found);
  expect(placer.asked).toEqual([]);
});

test("what was written is read at once, and what was deleted is gone at once", async () => {
  const placer = await aPlacer();
  const { memory, written } = placer;
  const reader = memory.readingFrom(written);
  const { _id: id, applicationID } = await created(placer);
  await written.patch(id, { members: [0, 1] }, 1);
  expect(await reader.findWithInstances(id)).toMatchObject({ rev: 2, members: [0, 1] });
  await written.patch(id, { spec: { set: { image: "web:2" }, unset: ["RR_ip"] } }, 2);
  expect(await reader.list({ applicationID })).toMatchObject([{ rev: 3, image: "web:2" }]);
  await written.patch(id, { members: [], deleted: true }, 3);
  expect(await reader.list({ applicationID })).toEqual([]);
  expect(await reader.findWithInstances(id)).toMatchObject({ deleted: true });
  await placer.jobs.remove(id);
  expect(await reader.findWithInstances(id)).toBeUndefined();
  await expectSameLists(placer, reader);
});

test("what somebody else has made is read although the news of it has not come yet", async () => {
  const placer = await aPlacer();
  const reader = placer.memory.readingFrom(placer.written);
  const job = aJob();
  await placer.store.create(job);
  expect(await reader.findWithInstances(job._id)).toMatchObject({ _id: job._id, rev: 1 });
});

test("a cluster that was moved shows after a second at most, one that came at once", async () => {
  const placer = await aPlacer();
  const { book, candidates, memory } = placer;
  const reader = memory.readingFrom(placer.written);
  const { applicationID, _id: id } = await created(placer, { members: [0] });
  await reader.list();
  const candidate_name = `c${anId()}`;
  const cluster = await candidates.upsert({ candidate_name, candidate_location: "1,2,3" });
  memory.membersChanged();
  await book.write(undefined, anInstance(id, 0, cluster._id));
  const location = async () =>
    (await reader.list({ applicationID }))[0]?.instance_list[0]?.cluster_location;
  expect(await location()).toBe("1,2,3");
  await candidates.patch(cluster._id, { candidate_location: "4,5,6" });
  await expect.poll(location, { timeout: 5_000 }).toBe("4,5,6");
});

/** Reads once from memory, lets something happen, and tells who was asked when it is read again. */
async function askedAfter(happening: (placer: Placer, job: Job) => Promise<unknown>) {
  const placer = await aPlacer();
  const reader = placer.memory.readingFrom(placer.written);
  const job = await created(placer);
  await reader.list({ applicationID: job.applicationID });
  expect(placer.asked).toEqual([]);
  await happening(placer, job);
  const found = await reader.list({ applicationID: job.applicationID });
  expect(found).toEqual(await placer.store.list({ applicationID: job.applicationID }));
  return placer.asked;
}

test("once the feed has broken off, the store is asked", async () => {
  const asked = await askedAfter(async ({ ending, jobs }) => {
    ending.abort();
    await expect.poll(jobs.isTrue).toBe(false);
  });
  expect(asked).toEqual(["list"]);
});

test("once an older state of a service has come to light, the store is asked", async () => {
  const asked = await askedAfter(async ({ jobs, written }, job) => {
    await written.patch(job._id, { members: [0] }, 1);
    await withDatabase((db) => db.collection<Job>("jobs").replaceOne({ _id: job._id }, job));
    await written.find(job._id);
    expect(jobs.isTrue()).toBe(false);
  });
  expect(asked).toEqual(["list"]);
});

test("once a service is missing that was not seen off, the store is asked", async () => {
  const lose = (job: Job) =>
    withDatabase((db) => db.collection<Job>("jobs").deleteOne({ _id: job._id }));
  const looked = await askedAfter(async ({ written }, job) => {
    await lose(job);
    expect(await written.find(job._id)).toBeUndefined();
  });
  expect(looked).toEqual(["list"]);
  const changed = await askedAfter(async ({ written }, job) => {
    await lose(job);
    const reason = { ok: false, reason: "gone" };
    expect(await written.patch(job._id, { members: [0] }, 1)).toEqual(reason);
  });
  expect(changed).toEqual(["list"]);
});

test("once one service with its charts turns out to be older than memory, the store is asked", async () => {
  const asked = await askedAfter(async ({ book, memory, written }, job) => {
    await written.patch(job._id, { members: [0] }, 1);
    const instance = anInstance(job._id, 0, anId());
    await book.write(undefined, instance);
    await book.observe(instance._id, aReport(1));
    await withDatabase((db) => db.collection<Job>("jobs").replaceOne({ _id: job._id }, job));
    expect(await memory.readingFrom(written).findWithInstances(job._id)).toMatchObject({ rev: 1 });
  });
  expect(asked.at(-1)).toBe("list");
});

test("once an instance turns out to be older than memory, the store is asked", async () => {
  const asked = await askedAfter(async ({ book }, job) => {
    const first = anInstance(job._id, 0, null);
    await book.write(undefined, first);
    const older = book.get(first._id)!;
    await book.write(older, { ...older, status_detail: "later" });
    await withDatabase((db) =>
      db.collection<Instance>("instances").replaceOne({ _id: older._id }, older),
    );
    await book.write(book.get(first._id), { ...older, status_detail: "later still" });
  });
  expect(asked).toEqual(["list"]);
});

test("when the database has another identity, the store is asked, a second later at most", async () => {
  const placer = await aPlacer();
  const reader = placer.memory.readingFrom(placer.written);
  await reader.list();
  expect(placer.asked).toEqual([]);
  const other = createTierIdentityBook(abstractor.client);
  await other.load();
  await other.renew();
  const asked = async () => {
    await reader.list();
    return placer.asked.length;
  };
  await expect.poll(asked, { timeout: 5_000 }).toBeGreaterThan(0);
});

async function withDatabase(change: (db: Db) => Promise<unknown>): Promise<void> {
  const client = new MongoClient(abstractor.url);
  try {
    await change(client.db("resource_abstractor"));
  } finally {
    await client.close();
  }
}
