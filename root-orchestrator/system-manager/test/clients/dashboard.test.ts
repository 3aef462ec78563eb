import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type Harness, startTestDatabase, type TestDatabase } from "../harness.ts";
import { report, startScene } from "./scene.ts";
import { firstSla } from "./wire-types.ts";

/* The session of the dashboard, in the order in which it asks while it starts, each request after a preflight. */
const origin = "http://dashboard.example";

let database: TestDatabase;
let harness: Harness;
let token: string;
let refreshToken: string;
let userId: string;
let application: string;
let services: { _id: { $oid: string }; microservice_name: string }[];

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startScene(database);
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

async function ask(method: string, path: string, body?: unknown, bearer = token): Promise<Answer> {
  const preflight = await harness.call("OPTIONS", path, {
    headers: {
      origin,
      "access-control-request-method": method,
      "access-control-request-headers": "authorization,content-type",
    },
  });
  expect([path, preflight.status]).toEqual([path, 204]);
  expect(preflight.headers.get("access-control-allow-methods")).toContain(method);
  expect(preflight.headers.get("access-control-allow-headers")).toBe("authorization,content-type");
  const answer = await harness.call(method, path, {
    ...(bearer === undefined ? {} : { token: bearer }),
    ...(body === undefined ? {} : { body }),
    headers: { origin },
  });
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  return answer;
}

/** What it reads must be there, and for writes must not be null. */
async function ok(method: string, path: string, body?: unknown): Promise<Answer["body"]> {
  const answer = await ask(method, path, body);
  expect([path, answer.status, JSON.stringify(answer.body).slice(0, 400)]).toEqual([
    path,
    200,
    expect.anything(),
  ]);
  expect(answer.body).not.toBeNull();
  return answer.body;
}

test("login: two tokens of three parts, in which it reads who it is", async () => {
  const { status, body } = await ask(
    "POST",
    "/api/auth/login",
    { username: "Admin", password: "Admin" },
    undefined,
  );
  expect(status).toBe(200);
  ({ token, refresh_token: refreshToken } = body);
  for (const one of [token, refreshToken]) expect(one.split(".")).toHaveLength(3);
  const claims = decodeJwt(token);
  expect(claims).toMatchObject({
    sub: "Admin",
    exp: expect.any(Number),
    roles: expect.arrayContaining(["Admin"]),
    organization: expect.any(String),
  });
  expect(claims.exp).toBeGreaterThan(Date.now() / 1000);
});

test("boot: user, organizations twice, own applications", async () => {
  const user = await ok("GET", "/api/user/Admin");
  expect(user).toMatchObject({
    _id: { $oid: expect.stringMatching(/^[0-9a-f]{24}$/) },
    name: "Admin",
    email: expect.any(String),
    roles: expect.arrayContaining(["Admin"]),
    created_at: expect.stringMatching(/^\d\d\/\d\d\/\d{4} \d\d:\d\d$/),
  });
  expect(JSON.stringify(user)).not.toMatch(/password|plain:/);
  userId = user._id.$oid;
  for (let time = 0; time < 2; time += 1) {
    const [organization] = await ok("GET", "/api/organization/");
    expect(organization).toMatchObject({
      _id: { $oid: expect.any(String) },
      name: "root",
      member: [{ user_id: userId, roles: expect.any(Array) }],
    });
  }
  expect(await ok("GET", `/api/applications/${userId}`)).toEqual([]);
});

test("the applications of another user are not shown", async () => {
  expect([401, 403]).toContain((await ask("GET", `/api/applications/${"0".repeat(24)}`)).status);
});

test("refresh: the refresh token as Bearer, an empty object as body", async () => {
  const { status, body } = await ask("POST", "/api/auth/refresh", {}, refreshToken);
  expect([status, body.token.split(".").length]).toEqual([200, 3]);
  expect(body.refresh_token).toBeUndefined();
  token = body.token;
  await ok("GET", "/api/user/Admin");
});

test("create an application without what was empty, edit it as it was read", async () => {
  const { application_name, application_namespace } = {
    application_name: "mine",
    application_namespace: "test",
  };
  await ok("POST", "/api/application/", {
    sla_version: "v2.0",
    customerID: decodeJwt(token)["organization"],
    applications: [{ application_name, application_namespace, microservices: [] }],
  });
  const [read] = await ok("GET", `/api/applications/${userId}`);
  application = read._id.$oid;
  await ok("PUT", `/api/application/${application}`, { ...read, application_desc: "edited" });
  expect(await ok("GET", `/api/application/${application}`)).toMatchObject({
    _id: { $oid: application },
    application_desc: "edited",
    microservices: [],
  });
});

test("upload of an SLA: its services come into the application", async () => {
  const [{ microservices }] = firstSla.applications as [(typeof firstSla.applications)[0]];
  const created = await ok("POST", "/api/service/", {
    sla_version: "v2.0",
    customerID: "Admin",
    applications: [
      {
        applicationID: application,
        application_name: "mine",
        application_namespace: "test",
        microservices,
      },
    ],
  });
  expect(created).toMatchObject({ job_id: expect.any(String), failed_services: [] });
  expect(created.deployed_services).toHaveLength(2);
  services = await ok("GET", `/api/services/${application}`);
  expect(services.map((one) => [one.microservice_name, typeof one._id.$oid])).toEqual([
    ["caller", "string"],
    ["server", "string"],
  ]);
});

test("Deploy All sends each service whole, and reads what runs", async () => {
  for (const service of services)
    await ok("POST", `/api/service/${service._id.$oid}/instance`, service);
  report(harness, services[0]?._id.$oid ?? "", 0, "RUNNING");
  for (const { instance_list: list, status } of await ok("GET", `/api/services/${application}`)) {
    expect(list).toMatchObject([{ instance_number: 0, status: expect.any(String) }]);
    expect(status).toBeTypeOf("string");
  }
});

test("the page of an instance: what it draws is there, with its types", async () => {
  const { instance_list: list } = await ok("GET", `/api/service/${services[0]?._id.$oid}`);
  expect(list[0]).toMatchObject({
    instance_number: 0,
    status: "RUNNING",
    disk: "2097152",
    cluster_id: expect.any(String),
    publicip: "192.0.2.7",
    cluster_location: "48.13,11.58,5000",
    cpu_history: [{ value: "1.5", timestamp: expect.any(String) }],
    memory_history: [{ value: "1.5", timestamp: expect.any(String) }],
    logs: "hello\n",
  });
});

test("clusters: the cards", async () => {
  for (const path of ["/api/clusters/", "/api/clusters/active"]) {
    for (const cluster of await ok("GET", path)) {
      expect(cluster).toMatchObject({
        _id: expect.any(String),
        active: expect.any(Boolean),
        active_nodes: expect.any(Number),
        aggregated_cpu_percent: expect.any(Number),
        memory_in_mb: expect.any(Number),
        total_cpu_cores: expect.any(Number),
        total_gpu_cores: expect.any(Number),
        cluster_name: expect.any(String),
        cluster_location: expect.any(String),
        virtualization: expect.any(Array),
      });
    }
  }
});

describe("users", () => {
  const bob = {
    name: "bob",
    email: "bob@example.org",
    password: "bob's own word",
    roles: ["Application_Provider"],
    created_at: "01/02/2026 10:30",
    _id: { $oid: "" },
  };
  const login = (password: string) =>
    harness.call("POST", "/api/auth/login", { body: { username: "bob", password } });

  test("one is made with the form, and stands in the list without a password", async () => {
    await ok("POST", "/api/auth/register", bob);
    for (const path of ["/api/users/", `/api/users/${decodeJwt(token)["organization"]}`]) {
      const list = await ok("GET", path);
      const made = list.find((one: { name: string }) => one.name === "bob");
      expect(made).toMatchObject({
        _id: { $oid: expect.any(String) },
        email: bob.email,
        roles: bob.roles,
      });
      expect(made.password ?? "").toBe("");
    }
  });

  test.each([null, ""])(
    "is edited as it was read: the password %j means that it stays",
    async (password) => {
      const list = await ok("GET", "/api/users/");
      const read = list.find((one: { name: string }) => one.name === "bob");
      await ok("PUT", "/api/user/bob", { ...read, email: "new@example.org", password });
      expect((await login(bob.password)).status).toBe(200);
      expect(
        (await ok("GET", "/api/users/")).find((one: { name: string }) => one.name === "bob").email,
      ).toBe("new@example.org");
    },
  );

  test("a password is changed by its owner, who knows the old one", async () => {
    const own = (await login(bob.password)).body.token;
    const change = { oldPassword: bob.password, newPassword: "another word" };
    expect((await ask("POST", "/api/user/bob", change, own)).status).toBe(200);
    expect((await login(bob.password)).status).toBe(401);
    expect((await login("another word")).status).toBe(200);
  });

  test("is deleted", async () => {
    await ok("DELETE", "/api/user/bob");
    expect((await login("another word")).status).toBe(401);
  });
});

test("an organization is made, and edited by the id that is read out of a string", async () => {
  // It parses once more whatever is a string, and builds the next address of what comes out.
  const id = JSON.parse(await ok("POST", "/api/organization/", { name: "new", member: [] }));
  expect(id).toMatch(/^[0-9a-f]{24}$/);
  const made = { _id: { $oid: id }, name: "lab", member: [{ user_id: userId, roles: [] }] };
  await ok("PUT", `/api/organization/${id}`, made);
  expect(await ok("GET", "/api/organization/")).toContainEqual(made);
});

test("the mail service is set by its form, at the address without a slash", async () => {
  const form = { type: "Custom", address: "mail.example", port: "2525", username: "me" };
  const set = { ...form, port: 2525, ssl: true };
  expect(await ok("PUT", "/apisettings", { ...form, password: "word", ssl: true })).toEqual(set);
  // Opened once more it sends the tick of `ssl` as the password.
  expect(await ok("PUT", "/apisettings", { ...form, password: true, ssl: true })).toEqual(set);
  expect(await ok("PUT", "/apisettings", { ...form, port: "", password: "", ssl: false })).toEqual({
    ...set,
    port: 587,
    ssl: false,
  });
  expect(await ok("PUT", "/apisettings", { type: "None" })).toMatchObject({ type: "None" });
  const wrong = await ask("PUT", "/apisettings", { ...form, port: "smtp" });
  expect([wrong.status, typeof wrong.body.message]).toEqual([422, "string"]);
});

test("an error has a message that can be shown", async () => {
  const { status, body } = await ask("POST", "/api/application/", { sla_version: "v1" });
  expect([status, typeof body.message, body.message.length > 10]).toEqual([422, "string", true]);
});

test("delete: instance, service, application", async () => {
  const [first] = services;
  await ok("DELETE", `/api/service/${first?._id.$oid}/instance/0`);
  await ok("DELETE", `/api/service/${first?._id.$oid}`);
  await ok("DELETE", `/api/application/${application}`);
  expect(await ok("GET", `/api/applications/${userId}`)).toEqual([]);
});
