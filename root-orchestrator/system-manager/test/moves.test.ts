import type { InstanceView, Job } from "@oak/contracts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { anSla } from "../../../packages/core/test/sla-documents.ts";
import { anInstanceView } from "./fake-stores.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";
import { addUser } from "./users.ts";

let database: TestDatabase;
let harness: Harness;
let token: string;
let serviceId: string;

const worker = "a0".repeat(12);
const node = "b0".repeat(12);

beforeAll(async () => {
  database = await startTestDatabase();
  const own = { url: database.url, name: database.newName() };
  harness = await startHarness(database, { database: own });
  await addUser(own, "eve", ["Application_Provider"]);
  token = await harness.login("eve", "eve");
});

beforeEach(async () => {
  harness.stores.storedApplications.clear();
  harness.stores.storedJobs.clear();
  const { body } = await harness.call("POST", "/api/application", { token, body: anSla() });
  serviceId = body[0].microservices[0];
  await harness.call("POST", `/api/service/${serviceId}/instance`, { token });
  instanceIs({ status: "RUNNING", worker_id: worker, epoch: 7 });
  harness.nudges.splice(0);
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

const instanceIs = (extra: Partial<InstanceView>): void => {
  harness.stores.instances.set(serviceId, [anInstanceView(0, extra)]);
};
const serviceIs = (changes: Partial<Job>): void => {
  const job = harness.stores.storedJobs.get(serviceId)!;
  harness.stores.storedJobs.set(serviceId, { ...job, ...changes });
};
const move = (body?: object, number: number | string = 0) =>
  harness.call("POST", `/api/service/${serviceId}/instance/${number}/move`, {
    token,
    ...(body === undefined ? {} : { body }),
  });
const moves = () => harness.stores.storedJobs.get(serviceId)?.moves;

test("a move is stored when the answer comes, and the placer is woken", async () => {
  expect(await move({ node, drain_s: 5 })).toMatchObject({ status: 200, body: { message: "ok" } });
  expect(moves()).toEqual({ 0: { node, drain_s: 5, epoch: 7, request: expect.any(Number) } });
  expect(harness.nudges).toEqual([serviceId]);
});

test("a body is not needed, and another request is another one", async () => {
  await move();
  const first = moves()!["0"]!;
  expect(first).toMatchObject({ node: null, drain_s: 30 });
  await move({});
  expect(moves()!["0"]!.request).toBeGreaterThan(first.request);
});

test("requests for instances that have gone are forgotten with the next one", async () => {
  await move();
  serviceIs({ members: [1] });
  harness.stores.instances.set(serviceId, [anInstanceView(1, { status: "RUNNING" })]);
  await move({}, 1);
  expect(Object.keys(moves()!)).toEqual(["1"]);
});

test.each(["7", "-1", "x", "00"])("the instance %s is 404", async (number) => {
  expect((await move({}, number)).status).toBe(404);
});

test.each<InstanceView["status"]>(["REQUESTED", "CREATING", "FAILED"])(
  "an instance that is %s is 409",
  async (status) => {
    instanceIs({ status });
    expect(await move()).toMatchObject({ status: 409, body: { error: "instance_not_running" } });
    expect(moves()).toBeUndefined();
  },
);

test.each<Partial<Job>>([
  { onDisconnect: "exclusive" },
  { one_shot: true },
  { volumes: [{ volume_id: "v", csi_driver: "d", mount_path: "/m" }] as never },
])("a service with %j is 409", async (changes) => {
  serviceIs(changes);
  expect(await move()).toMatchObject({ status: 409, body: { error: "instance_not_movable" } });
});

test("to where it runs is 409", async () => {
  expect(await move({ node: worker })).toMatchObject({ status: 409 });
});

test.each([
  { node: "somewhere" },
  { node: 5 },
  { drain_s: -1 },
  { drain_s: 101 },
  { drain_s: "5" },
  { nod: node },
])("%j is refused, and names the fault", async (body) => {
  const answer = await move(body);
  expect([400, 422]).toContain(answer.status);
  expect(moves()).toBeUndefined();
});

test("what belongs to somebody else is not there", async () => {
  serviceIs({ owner: "somebody else" });
  expect((await move()).status).toBe(404);
});

test("without a token nothing is moved", async () => {
  const path = `/api/service/${serviceId}/instance/0/move`;
  expect((await harness.call("POST", path)).status).toBe(401);
});
