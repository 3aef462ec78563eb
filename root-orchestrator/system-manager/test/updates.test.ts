import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { anApplication, anSla, aService } from "../../../packages/core/test/sla-documents.ts";
import { anInstanceView } from "./fake-stores.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";

let database: TestDatabase;
let harness: Harness;
let token: string;
let serviceId: string;

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startHarness(database);
  token = await harness.login();
});

beforeEach(async () => {
  harness.stores.storedApplications.clear();
  harness.stores.storedJobs.clear();
  harness.stores.instances.clear();
  const sla = anSla(anApplication({ microservices: [aService({ replicas: 2, cmd: ["run"] })] }));
  const { body } = await harness.call("POST", "/api/application", { token, body: sla });
  serviceId = body[0].microservices[0];
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

const path = (rest = "") => `/api/service/${serviceId}${rest}`;
const update = (body: unknown, query = "", headers: Record<string, string> = {}) =>
  harness.call("PUT", path(query), { token, body, headers });
const get = async (rest = "") => (await harness.call("GET", path(rest), { token })).body;
const stored = () => harness.stores.storedJobs.get(serviceId);
const same = (extra: object = {}) => aService({ cmd: ["run"], ...extra });
const newer = (extra: object = {}) => same({ code: "registry.example/web:2", ...extra });

test("another image is a new revision, and the instances keep the old one until they are replaced", async () => {
  expect(await update(newer())).toMatchObject({
    status: 200,
    body: { revision: 2, changed: true, warnings: [] },
  });
  expect(stored()).toMatchObject({
    image: "registry.example/web:2",
    spec_rev: 2,
    members: [0, 1],
    member_revisions: { 0: 1, 1: 1 },
    other_specs: { 1: { image: "registry.example/web:1" } },
  });
  expect(await get("/rollout")).toMatchObject({
    state: "progressing",
    revision: 2,
    from_revision: 1,
    replicas: 2,
    updated: 0,
    ended_at: null,
  });
});

test("the whole SLA of older clients is taken, with the id of the service in it", async () => {
  const body = anSla(anApplication({ microservices: [newer({ microserviceID: serviceId })] }));
  expect((await update(body)).body).toMatchObject({ revision: 2, changed: true });
});

test.each([
  ["the same document", {}],
  ["what says nothing", { environment: [], one_shot: false, port: "" }],
  ["the id", { microserviceID: "0123456789abcdef01234567" }],
])("%s restarts nothing and writes nothing", async (_name, extra) => {
  const before = stored()?.rev;
  expect((await update(same(extra))).body).toMatchObject({ revision: 1, changed: false });
  expect(stored()?.rev).toBe(before);
});

test("what was shown can be sent back", async () => {
  const { body } = await update(await get());
  expect(body).toMatchObject({ revision: 1, changed: false });
});

test("what copies do not notice changes at once", async () => {
  const answer = await update(same({ description: "A shop", accept_from: ["a.b"], replicas: 3 }));
  expect(answer.body).toMatchObject({ revision: 1, changed: true });
  expect(stored()).toMatchObject({ description: "A shop", spec_rev: 1, members: [0, 1, 2] });
  expect(await get("/rollout")).toMatchObject({ state: "none", from_revision: null });
});

test("what the document does not say any more is gone", async () => {
  await update(aService());
  expect(stored()).not.toHaveProperty("cmd");
});

test("the strategy comes from the query, else from the document", async () => {
  await update(newer({ rollout: { maxSurge: 2, pauseS: 3 } }), "?maxUnavailable=1");
  const strategy = { max_surge: 2, max_unavailable: 1, pause_s: 3 };
  expect(stored()?.rollout_state).toMatchObject(strategy);
});

test.each([
  ["?maxSurge=0", {}],
  ["?maxSurge=-1", {}],
  ["?pauseS=x", {}],
  ["", { rollout: { maxSurge: 0, maxUnavailable: 0 } }],
  ["", { rollout: { surge: 1 } }],
  ["", { replicas: 1001 }],
  ["", { memory: "x" }],
])("%s %j is refused, and nothing changes", async (query, extra) => {
  const before = stored()?.rev;
  expect((await update(newer(extra), query)).status).toBe(422);
  expect(stored()?.rev).toBe(before);
});

test.each([{ microservice_name: "other" }, { addresses: { rr_ip: "10.30.0.9" } }])(
  "%j belongs to the service for good",
  async (extra) => {
    expect(await update(newer(extra))).toMatchObject({
      status: 409,
      body: { error: "service_fixed" },
    });
    expect(stored()?.spec_rev).toBe(1);
  },
);

test("faults of a microservice are told by their place in it", async () => {
  const { body } = await update(newer({ memory: "x" }));
  expect(body.errors[0].pointer).toBe("/memory");
});

test("revisions are listed, the newest first, and one of them comes back", async () => {
  await update(newer());
  expect(await get("/revisions")).toMatchObject([
    { revision: 2, current: true, created_by: "Admin", spec: { code: "registry.example/web:2" } },
    { revision: 1, current: false, spec: { code: "registry.example/web:1", cmd: ["run"] } },
  ]);
  const back = await harness.call("POST", path("/rollback"), { token });
  expect(back).toMatchObject({ status: 200, body: { revision: 1, changed: true } });
  // Both instances are what they shall be already.
  expect(stored()).toMatchObject({ spec_rev: 1, member_revisions: {}, cmd: ["run"] });
  expect((await update(newer({ code: "registry.example/web:3" }))).body.revision).toBe(3);
});

test("a revision that is not known is 404, and so is the first one of a service", async () => {
  const back = (body: unknown) => harness.call("POST", path("/rollback"), { token, body });
  expect((await back({ revision: 7 })).status).toBe(404);
  expect((await back({})).status).toBe(404);
  expect((await back({ revision: 0 })).status).toBe(422);
});

test("ten revisions are kept", async () => {
  for (let version = 2; version <= 13; version += 1) {
    await update(newer({ code: `registry.example/web:${version}` }));
  }
  const revisions = await get("/revisions");
  expect(revisions.map(({ revision }: { revision: number }) => revision)).toEqual([
    13, 12, 11, 10, 9, 8, 7, 6, 5, 4,
  ]);
});

test("instances that are added meanwhile are of the new revision, and count", async () => {
  await update(newer());
  await harness.call("POST", path("/instance"), { token });
  expect(stored()).toMatchObject({ members: [0, 1, 2], member_revisions: { 0: 1, 1: 1 } });
  expect(await get("/rollout")).toMatchObject({ replicas: 3, updated: 1 });
  await harness.call("DELETE", path("/instance/-1"), { token });
  expect(await get("/rollout")).toMatchObject({ replicas: 0 });
});

test("a rollout says what it waits for", async () => {
  await update(newer());
  await harness.call("POST", path("/instance"), { token });
  const waiting = { status: "NO_WORKER_CAPACITY", status_detail: "No worker has room" } as const;
  harness.stores.instances.set(serviceId, [
    anInstanceView(0, { status: "RUNNING" }),
    anInstanceView(2, waiting),
  ]);
  const { message, ready } = await get("/rollout");
  expect(message).toContain("instance 2 waits: No worker has room");
  expect(message).toContain("maxUnavailable");
  expect(ready).toBe(1);
});

test("a condition on the version is kept", async () => {
  const refused = await update(newer(), "", { "if-match": '"99"' });
  expect(refused).toMatchObject({ status: 412, body: { code: 412 } });
  expect(stored()?.spec_rev).toBe(1);
  expect((await update(newer(), "", { "if-match": `"${stored()?.rev}"` })).status).toBe(200);
});

test("of two updates for the same version one is done, and the other one hears of it", async () => {
  const headers = { "if-match": `"${stored()?.rev}"` };
  const versions = ["registry.example/web:2", "registry.example/web:3"];
  const answers = await Promise.all(versions.map((code) => update(newer({ code }), "", headers)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412]);
});

test("no revision is lost when any version is meant and several come at once", async () => {
  const headers = { "if-match": "*" };
  const versions = [2, 3, 4].map((number) => `registry.example/web:${number}`);
  const answers = await Promise.all(versions.map((code) => update(newer({ code }), "", headers)));
  const done = answers.filter(({ status }) => status === 200).length;
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(3 - done);
  expect(await get("/revisions")).toHaveLength(1 + done);
});

/** As the placer would have left it. */
function become(change: object): void {
  harness.stores.storedJobs.set(serviceId, { ...stored()!, ...change });
}

test("who wants to go back while the service does so already changes nothing", async () => {
  await update(newer());
  await harness.call("POST", path("/rollback"), { token });
  const rollout = stored()!.rollout_state!;
  const message = "Instance 2 of revision 2 failed";
  become({
    rollout_state: { ...rollout, state: "rolling_back", revision: 2, from_revision: 1, message },
  });
  const { body } = await harness.call("POST", path("/rollback"), { token });
  expect(body).toMatchObject({ revision: 1, changed: false });
  const { message: told } = await get("/rollout");
  expect(told).toContain(`${message}. It goes back: 2 of 2 instances are of revision 1`);
});

test("what a failed rollout has left half-way is mended by the document that is stored", async () => {
  await update(newer());
  become({ rollout_state: { ...stored()!.rollout_state!, state: "failed" } });
  expect((await update(newer())).body).toMatchObject({ revision: 2, changed: true });
  expect(stored()).toMatchObject({
    spec_rev: 2,
    member_revisions: { 0: 1, 1: 1 },
    rollout_state: { state: "progressing", revision: 2, from_unproven: true },
  });
  expect((await update(newer())).body.changed).toBe(false);
});
