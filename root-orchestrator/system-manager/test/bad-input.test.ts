import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  anApplication,
  anSla,
  aService,
  slaWithService,
} from "../../../packages/core/test/sla-documents.ts";
import {
  type Call,
  type Harness,
  startHarness,
  startTestDatabase,
  type TestDatabase,
} from "./harness.ts";
import { addUser } from "./users.ts";

let database: TestDatabase;
let harness: Harness;
let token: string;
let eve: string;

beforeAll(async () => {
  database = await startTestDatabase();
  const own = { url: database.url, name: database.newName() };
  harness = await startHarness(database, { database: own });
  await addUser(own, "eve", ["Application_Provider"]);
  token = await harness.login();
  eve = await harness.login("eve", "eve");
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

afterEach(() => {
  expect(harness.stores.storedApplications.size).toBe(0);
  expect(harness.stores.storedJobs.size).toBe(0);
});

const service0 = "/applications/0/microservices/0";
const post = (call: Call) => harness.call("POST", "/api/application", { token, ...call });

const refused: [string, unknown, string][] = [
  ["an empty object", {}, "/sla_version"],
  ["a list", [], ""],
  ["text", "v2.0", ""],
  ["a wrong version", { ...anSla(), sla_version: "v1.0" }, "/sla_version"],
  ["a missing field", slaWithService({ code: undefined }), `${service0}/code`],
  ["a mistyped field", slaWithService({ cmd: "sleep 1" }), `${service0}/cmd`],
  ["a bad name", slaWithService({ microservice_name: "a-b" }), `${service0}/microservice_name`],
  ["a number outside the limits", slaWithService({ vcpus: 1025 }), `${service0}/vcpus`],
  ["a malformed port", slaWithService({ port: "80:80:80" }), `${service0}/port`],
  ["a port out of range", slaWithService({ port: "80:70000" }), `${service0}/port`],
  ["no =", slaWithService({ environment: ["A"] }), `${service0}/environment/0`],
  [
    "an unknown constraint",
    slaWithService({ constraints: [{ type: "x" }] }),
    `${service0}/constraints/0/type`,
  ],
  [
    "duplicate services",
    anSla(anApplication({ microservices: [aService(), aService()] })),
    "/applications/0/microservices/1/microservice_name",
  ],
  ["an operator", slaWithService({ $where: "sleep(1000)" }), `${service0}/$where`],
];

describe.each(["/api/application", "/api/service"])("POST %s refuses", (path) => {
  test.each(refused)("%s with 422, pointing at it", async (_name, body, pointer) => {
    const answer = await harness.call("POST", path, { token, body });
    expect(answer.status).toBe(422);
    const fault = answer.body.errors.find((one: { pointer: string }) => one.pointer === pointer);
    expect(fault).toMatchObject({ message: expect.any(String), found: expect.any(String) });
    expect(answer.body).toMatchObject({
      code: 422,
      error: "sla_invalid",
      msg: answer.body.message,
    });
  });
});

test("all faults come at once, and the message names the first", async () => {
  const { body } = await post({
    body: {
      sla_version: "v2.0",
      customerID: 1,
      applications: [{}, anApplication({ application_name: "x_y" })],
    },
  });
  expect(body.errors.map((one: { pointer: string }) => one.pointer)).toEqual([
    "/customerID",
    "/applications/0/application_name",
    "/applications/0/application_namespace",
    "/applications/0/microservices",
    "/applications/1/application_name",
  ]);
  expect(body.message).toContain("/customerID");
  expect(body.message).toContain("4 more");
});

test.each(["{", "sla_version: v2.0", '{"a":1,}', "\u0000"])("%j is no JSON: 400", async (raw) => {
  expect((await post({ raw })).status).toBe(400);
});

test("no body at all is 422", async () => {
  expect((await post({})).status).toBe(422);
});

test("a body over 1 MB is 413", async () => {
  const body = slaWithService({ notes: "x".repeat(1024 * 1024) });
  expect((await post({ body })).status).toBe(413);
});

test("a body just below 1 MB is read", async () => {
  const microservices = [aService({ memory: "1", notes: "x".repeat(1_000_000) })];
  expect((await post({ body: anSla(anApplication({ microservices })) })).status).toBe(422);
});

test.each(["__proto__", "constructor"])("the key %s is refused", async (key) => {
  const raw = JSON.stringify(slaWithService({ key: { prototype: { admin: true } } })).replace(
    '"key"',
    `"${key}"`,
  );
  const answer = await post({ raw });
  expect([400, 422]).toContain(answer.status);
  expect(answer.body.errors[0].pointer).toBe(`${service0}/${key}`);
});

test("another media type is 415", async () => {
  const answer = await post({ raw: "a: 1", headers: { "content-type": "application/yaml" } });
  expect(answer.status).toBe(415);
});

test("privileged needs an administrator", async () => {
  const body = slaWithService({ privileged: true });
  const answer = await harness.call("POST", "/api/application", { token: eve, body });
  expect(answer).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: `${service0}/privileged` }] },
  });
});

test("a login with operators in place of text is 422", async () => {
  const body = { username: { $ne: null }, password: { $ne: null } };
  expect((await harness.call("POST", "/api/auth/login", { body })).status).toBe(422);
});

test("a broken query or path is a 4xx, never a 500", async () => {
  for (const path of [
    "/api/service/%",
    "/api/service/%00",
    "/api/services/..%2f..",
    "/api/nothing",
  ]) {
    const { status } = await harness.call("GET", path, { token });
    expect([path, status >= 400 && status < 500]).toEqual([path, true]);
  }
});
