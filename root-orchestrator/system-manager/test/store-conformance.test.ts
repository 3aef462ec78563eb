import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Application, Job } from "@oak/contracts";
import { createEmbeddedMongo } from "@oak/embedded-mongo";
import { createSilentLogger } from "@oak/kit";
import { createResourceAbstractor } from "@oak/resource-abstractor";
import { ObjectId } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApplicationClient } from "../src/adapters/resource-abstractor/applications.ts";
import { createResourceAbstractorClient } from "../src/adapters/resource-abstractor/client.ts";
import { createClusterClient } from "../src/adapters/resource-abstractor/clusters.ts";
import { createJobClient } from "../src/adapters/resource-abstractor/jobs.ts";
import { createRevisionClient } from "../src/adapters/resource-abstractor/revisions.ts";
import type { ApplicationStore } from "../src/ports/applications.ts";
import type { ClusterDirectory } from "../src/ports/clusters.ts";
import type { JobStore } from "../src/ports/jobs.ts";
import type { RevisionStore } from "../src/ports/revisions.ts";
import { createFakeStores } from "./fake-stores.ts";

interface Stores {
  applications: ApplicationStore;
  jobs: JobStore;
  revisions: RevisionStore;
  clusters: ClusterDirectory;
  stop(): Promise<void>;
}

async function startFake(): Promise<Stores> {
  return { ...createFakeStores(), stop: async () => {} };
}

async function startReal(): Promise<Stores> {
  const dataDir = await mkdtemp(join(tmpdir(), "oak-sm-ra-"));
  const mongo = createEmbeddedMongo({ dataDir });
  await mongo.start();
  const tierSecret = "a-secret-of-this-test";
  const abstractor = createResourceAbstractor({
    database: { url: mongo.url, name: "resource_abstractor" },
    tierSecret,
    listen: { host: "127.0.0.1", port: 0 },
    logger: createSilentLogger(),
  });
  await abstractor.start();
  const client = createResourceAbstractorClient({ baseUrl: abstractor.url(), tierSecret });
  return {
    applications: createApplicationClient(client),
    jobs: createJobClient(client),
    revisions: createRevisionClient(client),
    clusters: createClusterClient(client),
    stop: async () => {
      client.close();
      await abstractor.stop();
      await mongo.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const anId = () => new ObjectId().toHexString();

function anApplication(extra: Partial<Application> = {}): Application {
  const id = anId();
  return {
    _id: id,
    applicationID: id,
    application_name: `app${id.slice(-8)}`,
    application_namespace: "prod",
    application_desc: "",
    userId: "ada",
    microservices: [],
    warnings: [{ pointer: "/x", message: "odd" }],
    colour: { is: ["red"] },
    rev: 0,
    ...extra,
  };
}

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
    vcpu: 2,
    ...extra,
  };
}

describe.each([
  ["the fake", startFake],
  ["the resource abstractor", startReal],
] as const)("%s keeps applications and services:", (_name, start) => {
  let stores: Stores;
  beforeAll(async () => {
    stores = await start();
  });
  afterAll(() => stores.stop());

  test("an application comes back as it was given, under the id that was given", async () => {
    const application = anApplication();
    const created = await stores.applications.create(application);
    expect(created).toMatchObject({ ok: true, value: { ...application, rev: 1 } });
    expect(await stores.applications.find(application._id)).toEqual({ ...application, rev: 1 });
  });

  test("a user has one application of a name and namespace", async () => {
    const first = anApplication();
    await stores.applications.create(first);
    const same = anApplication({ application_name: first.application_name });
    expect(await stores.applications.create(same)).toEqual({ ok: false, reason: "name_taken" });
    expect((await stores.applications.create({ ...same, userId: "eve" })).ok).toBe(true);
  });

  test("lists are those of a user, or all", async () => {
    const mine = anApplication({ userId: "grace" });
    await stores.applications.create(mine);
    const ids = (list: Application[]) => list.map((one) => one._id);
    expect(ids(await stores.applications.list({ userId: "grace" }))).toEqual([mine._id]);
    expect(ids(await stores.applications.list())).toContain(mine._id);
  });

  test("a change of an application needs the version that was read", async () => {
    const application = anApplication();
    await stores.applications.create(application);
    const change = { application_desc: "new" };
    const done = await stores.applications.patch(application._id, change, 1);
    expect(done).toMatchObject({ ok: true, value: { application_desc: "new", rev: 2 } });
    const late = await stores.applications.patch(application._id, change, 1);
    expect(late).toEqual({ ok: false, reason: "conflict" });
    const unknown = await stores.applications.patch(anId(), change, 1);
    expect(unknown).toEqual({ ok: false, reason: "gone" });
  });

  test("an application cannot be renamed to another one of its user", async () => {
    const [first, second] = [anApplication(), anApplication()];
    await stores.applications.create(first);
    await stores.applications.create(second);
    const { application_name } = first;
    const renamed = await stores.applications.patch(second._id, { application_name }, 1);
    expect(renamed).toEqual({ ok: false, reason: "name_taken" });
  });

  test("removing an application can be repeated", async () => {
    const application = anApplication();
    await stores.applications.create(application);
    await stores.applications.remove(application._id);
    await stores.applications.remove(application._id);
    expect(await stores.applications.find(application._id)).toBeUndefined();
  });

  test("a service comes back as it was given, and its name is taken", async () => {
    const job = aJob();
    expect(await stores.jobs.create(job)).toMatchObject({ ok: true, value: { ...job, rev: 1 } });
    expect(await stores.jobs.find(job._id)).toEqual({ ...job, rev: 1 });
    const same = aJob({ job_name_key: job.job_name_key });
    expect(await stores.jobs.create(same)).toEqual({ ok: false, reason: "name_taken" });
    expect(await stores.jobs.find(anId())).toBeUndefined();
  });

  test("members show as instances that wait", async () => {
    const job = aJob();
    await stores.jobs.create(job);
    const patch = { members: [0, 1], next_instance_progressive_number: 2 };
    expect((await stores.jobs.patch(job._id, patch, 1)).ok).toBe(true);
    const found = await stores.jobs.findWithInstances(job._id);
    expect(found?.instance_list).toMatchObject([
      { instance_number: 0, status: "REQUESTED" },
      { instance_number: 1, status: "REQUESTED" },
    ]);
    expect(found).toMatchObject({ ...patch, status: "REQUESTED" });
  });

  test("a change of a service needs the version that was read", async () => {
    const job = aJob();
    await stores.jobs.create(job);
    expect((await stores.jobs.patch(job._id, { members: [0] }, 1)).ok).toBe(true);
    const late = await stores.jobs.patch(job._id, { members: [1] }, 1);
    expect(late).toEqual({ ok: false, reason: "conflict" });
    expect(await stores.jobs.patch(anId(), { members: [] }, 1)).toEqual({
      ok: false,
      reason: "gone",
    });
  });

  test("a deleted service leaves the lists, keeps its document and frees its name", async () => {
    const job = aJob();
    await stores.jobs.create(job);
    const { applicationID, job_name_key } = job;
    expect(await stores.jobs.list({ applicationID })).toHaveLength(1);
    await stores.jobs.patch(job._id, { members: [], deleted: true }, 1);
    expect(await stores.jobs.list({ applicationID })).toEqual([]);
    expect(await stores.jobs.find(job._id)).toMatchObject({ deleted: true });
    expect((await stores.jobs.create(aJob({ job_name_key }))).ok).toBe(true);
  });

  test("another spec takes the place of the one before, key by key", async () => {
    const job = aJob({ cmd: ["run"] });
    await stores.jobs.create(job);
    const spec = { set: { image: "web:2", memory: 5 }, unset: ["cmd", "colour"] };
    const patched = await stores.jobs.patch(job._id, { spec, spec_rev: 2 }, 1);
    const { cmd: _gone, ...rest } = job;
    const value = { ...rest, image: "web:2", memory: 5, spec_rev: 2, rev: 2 };
    expect(patched).toEqual({ ok: true, value });
    expect(await stores.jobs.find(job._id)).toEqual(value);
  });

  test("ten revisions of a service are kept, the newest first, whoever keeps one again", async () => {
    const job = aJob();
    expect(await stores.revisions.list(job._id)).toEqual([]);
    for (let spec_rev = 1; spec_rev <= 12; spec_rev += 1) {
      const revised = { at: spec_rev, by: "ada" };
      await stores.revisions.keep({ ...job, spec_rev, revised, image: `web:${spec_rev}` });
    }
    await stores.revisions.keep({ ...job, spec_rev: 12, image: "web:12" });
    const kept = await stores.revisions.list(job._id);
    expect(kept.map(({ revision }) => revision)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    expect(kept[1]).toMatchObject({ made: { at: 11, by: "ada" }, spec: { image: "web:11" } });
    expect(kept[0]?.made).toEqual({ at: job.created_at, by: job.owner });
    expect(kept[0]?.spec).not.toHaveProperty("owner");
  });

  test("there are no clusters yet", async () => {
    expect(await stores.clusters.list()).toEqual([]);
  });
});
