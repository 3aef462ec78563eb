import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { anSla } from "../../../packages/core/test/sla-documents.ts";
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
  harness.stores.beforeWrite = () => undefined;
  harness.nudges.splice(0);
  const { body } = await harness.call("POST", "/api/application", { token, body: anSla() });
  serviceId = body[0].microservices[0];
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

const deploy = () => harness.call("POST", `/api/service/${serviceId}/instance`, { token });
const undeploy = (number: string | number) =>
  harness.call("DELETE", `/api/service/${serviceId}/instance/${number}`, { token });
const members = () => harness.stores.storedJobs.get(serviceId)?.members;

test("an instance is stored when the answer comes, and the placer is woken", async () => {
  expect(await deploy()).toMatchObject({
    status: 200,
    body: { message: "ok", instance_number: 0 },
  });
  expect(members()).toEqual([0]);
  expect(harness.nudges).toEqual([serviceId]);
});

test("a body is ignored, whatever it says", async () => {
  const answer = await harness.call("POST", `/api/service/${serviceId}/instance`, {
    token,
    body: { members: [5], instance_list: [] },
  });
  expect(answer.body.instance_number).toBe(0);
});

test("forty requests at once give forty numbers", async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, deploy));
  const numbers = answers.map(({ body }) => body.instance_number).toSorted((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 40 }, (_, n) => n));
  expect(members()).toHaveLength(40);
});

test("a writer of another replica in between costs a retry and loses nothing", async () => {
  let isFirst = true;
  harness.stores.beforeWrite = () => {
    const job = harness.stores.storedJobs.get(serviceId);
    if (!isFirst || job === undefined) return;
    isFirst = false;
    harness.stores.storedJobs.set(serviceId, {
      ...job,
      members: [0],
      next_instance_progressive_number: 1,
      rev: job.rev + 1,
    });
  };
  expect((await deploy()).body.instance_number).toBe(1);
  expect(members()).toEqual([0, 1]);
});

test("a document that others never stop changing is 409 in the end", async () => {
  harness.stores.beforeWrite = () => {
    const job = harness.stores.storedJobs.get(serviceId);
    if (job !== undefined) harness.stores.storedJobs.set(serviceId, { ...job, rev: job.rev + 1 });
  };
  expect(await deploy()).toMatchObject({ status: 409, body: { error: "changed_meanwhile" } });
});

test("a store that fails is no success, and no instance is promised", async () => {
  harness.stores.beforeWrite = () => {
    throw new Error("gone");
  };
  expect((await deploy()).status).toBe(500);
  expect(members()).toEqual([]);
  expect(harness.nudges).toEqual([]);
});

test("a service has at most 1,000 instances", async () => {
  const job = harness.stores.storedJobs.get(serviceId);
  const full = Array.from({ length: 1000 }, (_, n) => n);
  harness.stores.storedJobs.set(serviceId, { ...job!, members: full });
  expect(await deploy()).toMatchObject({ status: 409, body: { error: "too_many_instances" } });
});

test("one instance leaves, the others stay, and its number is not used again", async () => {
  await deploy();
  await deploy();
  expect(await undeploy(0)).toMatchObject({ status: 200, body: { message: "ok" } });
  expect(members()).toEqual([1]);
  expect((await deploy()).body.instance_number).toBe(2);
});

test("-1 means every instance, also when there is none", async () => {
  await deploy();
  await deploy();
  expect((await undeploy(-1)).status).toBe(200);
  expect(members()).toEqual([]);
  expect((await undeploy(-1)).status).toBe(200);
});

test.each(["7", "-2", "x", "0x0", "1e0", "00"])("the instance %s is 404", async (number) => {
  await deploy();
  expect((await undeploy(number)).status).toBe(404);
  expect(members()).toEqual([0]);
});
