import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { anApplication, anSla, aService } from "../../../packages/core/test/sla-documents.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";
import { addUser } from "./users.ts";

let database: TestDatabase;
let harness: Harness;
let token: string;
let eve: string;
let applicationID: string;
let serviceId: string;

beforeAll(async () => {
  database = await startTestDatabase();
  const own = { url: database.url, name: database.newName() };
  harness = await startHarness(database, { database: own });
  await addUser(own, "eve", ["Application_Provider"]);
  token = await harness.login();
  eve = await harness.login("eve", "eve");
});

beforeEach(async () => {
  harness.stores.storedApplications.clear();
  harness.stores.storedJobs.clear();
  const { body } = await harness.call("POST", "/api/application", { token, body: anSla() });
  applicationID = body[0].applicationID;
  serviceId = body[0].microservices[0];
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

const add = (services: object[], extra: object = {}, as = token) =>
  harness.call("POST", "/api/service", {
    token: as,
    body: anSla(anApplication({ applicationID, microservices: services, ...extra })),
  });
const unknownId = "0123456789abcdef01234567";

test("services are added to an application, and those whose name is taken are listed", async () => {
  const { status, body } = await add([
    aService({ microservice_name: "api" }),
    aService({ microservice_name: "WEB" }),
    aService({ microservice_name: "db" }),
  ]);
  expect(status).toBe(200);
  expect(body).toEqual({
    job_id: expect.stringMatching(/^[0-9a-f]{24}$/),
    deployed_services: [
      { service_name: "api", status: 200 },
      { service_name: "db", status: 200 },
    ],
    failed_services: [
      { service_name: "WEB", status: 409, message: "The name shop.prod.WEB.prod is taken" },
    ],
    warnings: [],
  });
  const { body: application } = await harness.call("GET", `/api/application/${applicationID}`, {
    token,
  });
  expect(application.microservices).toHaveLength(3);
  expect(application.microservices).toContain(body.job_id);
});

test("when every service fails the answer is still 200 and lists them", async () => {
  const { status, body } = await add([aService()]);
  expect(status).toBe(200);
  expect(body).toMatchObject({ job_id: null, deployed_services: [] });
  expect(body.failed_services).toHaveLength(1);
});

test("warnings say what of the added services has no effect", async () => {
  const { body } = await add([aService({ microservice_name: "api", env: ["A=1"] })]);
  expect(body.warnings).toMatchObject([{ pointer: "/applications/0/microservices/0/env" }]);
});

test.each([undefined, "", "shop", unknownId])("the application %j is 404", async (id) => {
  const answer = await add([aService({ microservice_name: "api" })], { applicationID: id });
  expect(answer.status).toBe(404);
});

test("nobody adds services to somebody else's application", async () => {
  const answer = await add([aService({ microservice_name: "api" })], {}, eve);
  expect(answer.status).toBe(404);
  expect(harness.stores.storedJobs.size).toBe(1);
});

test("an SLA without applications is 422", async () => {
  const answer = await harness.call("POST", "/api/service/", {
    token,
    body: { ...anSla(), applications: [] },
  });
  expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: "/applications" }] } });
});

test("an application has at most 100 services", async () => {
  const many = Array.from({ length: 99 }, (_, n) => aService({ microservice_name: `s${n}` }));
  expect((await add(many)).body.failed_services).toEqual([]);
  const answer = await add([aService({ microservice_name: "last" })]);
  expect(answer).toMatchObject({ status: 409, body: { error: "too_many_services" } });
});

test("an application that is deleted at the same moment takes its new services along", async () => {
  harness.stores.beforeWrite = ({ store, verb }) => {
    if (store === "application" && verb === "patch") harness.stores.storedApplications.clear();
  };
  const answer = await add([aService({ microservice_name: "api" })]);
  harness.stores.beforeWrite = () => undefined;
  expect(answer.status).toBe(404);
  const alive = [...harness.stores.storedJobs.values()].filter((job) => !job.deleted);
  expect(alive.map((job) => job.service_name)).toEqual(["web"]);
});

test("lists show the services of an application, and all of them to an administrator", async () => {
  const { body: list } = await harness.call("GET", `/api/services/${applicationID}`, { token });
  expect(list).toMatchObject([{ microserviceID: serviceId, instance_list: [] }]);
  expect((await harness.call("GET", "/api/services/", { token })).body).toHaveLength(1);
  expect((await harness.call("GET", "/api/services", { token: eve })).status).toBe(403);
});

test.each(["web", unknownId])("%s is no service: 404 for each verb", async (id) => {
  for (const [method, path] of [
    ["GET", `/api/service/${id}`],
    ["PUT", `/api/service/${id}`],
    ["DELETE", `/api/service/${id}`],
    ["POST", `/api/service/${id}/instance`],
    ["DELETE", `/api/service/${id}/instance/0`],
    ["GET", `/api/services/${id}`],
  ] as const) {
    const answer = await harness.call(method, path, { token });
    expect([path, answer.status]).toEqual([path, 404]);
    expect(answer.body.message).toBeTypeOf("string");
  }
});

test("somebody else's service is 404 for each verb and stays as it is", async () => {
  for (const [method, path] of [
    ["GET", `/api/service/${serviceId}`],
    ["PUT", `/api/service/${serviceId}`],
    ["DELETE", `/api/service/${serviceId}`],
    ["POST", `/api/service/${serviceId}/instance`],
    ["DELETE", `/api/service/${serviceId}/instance/-1`],
    ["GET", `/api/services/${applicationID}`],
  ] as const) {
    const answer = await harness.call(method, path, { token: eve });
    expect([path, answer.status]).toEqual([path, 404]);
  }
  expect(harness.stores.storedJobs.get(serviceId)).toMatchObject({ deleted: false, members: [] });
});

test("a deleted service leaves its application and every list, and its name is free", async () => {
  await harness.call("POST", `/api/service/${serviceId}/instance`, { token });
  const answer = await harness.call("DELETE", `/api/service/${serviceId}`, { token });
  expect(answer).toMatchObject({ status: 200, body: { message: "Job deleted" } });
  expect(harness.stores.storedJobs.get(serviceId)).toMatchObject({ deleted: true, members: [] });
  expect((await harness.call("GET", "/api/services/", { token })).body).toEqual([]);
  const { body } = await harness.call("GET", `/api/application/${applicationID}`, { token });
  expect(body.microservices).toEqual([]);
  expect((await harness.call("DELETE", `/api/service/${serviceId}`, { token })).status).toBe(404);
  expect((await add([aService()])).body.failed_services).toEqual([]);
});
