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
  harness.nudges.splice(0);
  const { body } = await harness.call("POST", "/api/application", { token, body: anSla() });
  serviceId = body[0].microservices[0];
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

const scale = (replicas: unknown, headers: Record<string, string> = {}) =>
  harness.call("PUT", `/api/service/${serviceId}/scale`, { token, body: { replicas }, headers });
const members = () => harness.stores.storedJobs.get(serviceId)?.members;
const statusesAre = (...statuses: ("RUNNING" | "FAILED" | "CREATING")[]): void => {
  const views = statuses.map((status, number) => anInstanceView(number, { status }));
  harness.stores.instances.set(serviceId, views);
};

test("so many instances are wanted in one write", async () => {
  const before = harness.stores.storedJobs.get(serviceId)?.rev ?? 0;
  expect(await scale(3)).toMatchObject({
    status: 200,
    body: { message: "ok", replicas: 3, added: [0, 1, 2], removed: [] },
  });
  expect(members()).toEqual([0, 1, 2]);
  expect(harness.stores.storedJobs.get(serviceId)?.rev).toBe(before + 1);
  expect(harness.nudges).toEqual([serviceId]);
});

test("when so many are wanted already nothing is written", async () => {
  await scale(2);
  const before = harness.stores.storedJobs.get(serviceId)?.rev;
  expect((await scale(2)).body).toEqual({ message: "ok", replicas: 2, added: [], removed: [] });
  expect(harness.stores.storedJobs.get(serviceId)?.rev).toBe(before);
});

test("what does not run leaves first, then the newest, and numbers are never used again", async () => {
  await scale(4);
  statusesAre("RUNNING", "FAILED", "RUNNING", "CREATING");
  expect((await scale(3)).body.removed).toEqual([1]);
  expect((await scale(1)).body.removed).toEqual([2, 3]);
  expect((await scale(2)).body.added).toEqual([4]);
  expect(members()).toEqual([0, 4]);
});

test("forty requests at once leave what one of them asked for", async () => {
  await Promise.all(Array.from({ length: 40 }, (_, index) => scale(index % 7)));
  await scale(5);
  expect(members()).toHaveLength(5);
});

test("POST and DELETE of instances go on from there", async () => {
  await scale(2);
  const path = `/api/service/${serviceId}/instance`;
  expect((await harness.call("POST", path, { token })).body.instance_number).toBe(2);
  await harness.call("DELETE", `${path}/0`, { token });
  expect((await scale(1)).body.removed).toEqual([2]);
});

test.each([-1, 1.5, 1001, "3", null])("%j replicas are refused", async (replicas) => {
  expect((await scale(replicas)).status).toBe(422);
});

test("an unknown service, and one of somebody else, is 404", async () => {
  const body = { replicas: 1 };
  const unknown = await harness.call("PUT", `/api/service/${"0".repeat(24)}/scale`, {
    token,
    body,
  });
  expect(unknown.status).toBe(404);
});

test("a condition on the version is kept", async () => {
  const rev = harness.stores.storedJobs.get(serviceId)?.rev;
  const refused = await scale(1, { "if-match": '"0"' });
  expect(refused).toMatchObject({ status: 412, body: { error: "precondition_failed" } });
  expect(members()).toEqual([]);
  expect((await scale(1, { "if-match": `"${rev}"` })).status).toBe(200);
  expect((await scale(2, { "if-match": "*" })).status).toBe(200);
});

test("replicas of a document are wanted when the service is made, and are no part of it", async () => {
  const microservices = [aService({ microservice_name: "api", replicas: 3 })];
  const application = anApplication({ application_name: "big", microservices });
  const { body } = await harness.call("POST", "/api/application", {
    token,
    body: anSla(application),
  });
  const [id] = body.find(
    (one: { application_name: string }) => one.application_name === "big",
  ).microservices;
  const stored = harness.stores.storedJobs.get(id);
  expect(stored).toMatchObject({ members: [0, 1, 2], next_instance_progressive_number: 3 });
  expect(stored).not.toHaveProperty("replicas");
  const { body: view } = await harness.call("GET", `/api/service/${id}`, { token });
  expect(view).toMatchObject({ replicas: 3, revision: 1 });
});
