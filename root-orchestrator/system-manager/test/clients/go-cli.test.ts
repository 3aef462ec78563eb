import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, type Harness, startTestDatabase, type TestDatabase } from "../harness.ts";
import { report, startScene } from "./scene.ts";
import { firstSla, wireTypes, wrongTypes } from "./wire-types.ts";

/*
 * The session of the Go command line: it logs in for itself, decodes strictly, takes 200 alone for success, and tries a
 * name where an id belongs before it looks through the list.
 */
let database: TestDatabase;
let harness: Harness;
let token: string;

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startScene(database);
  const login = await harness.call("POST", "/api/auth/login", {
    raw: '{"password":"Admin","username":"Admin"}',
  });
  expect(login.status).toBe(200);
  token = login.body.token;
  expect(token).toBeTypeOf("string");
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

/** As it sends them: no body and no media type unless there is something to say. */
async function ok(method: string, path: string, body?: unknown): Promise<Answer["body"]> {
  const answer = await harness.call(method, path, {
    token,
    ...(body === undefined ? {} : { body }),
  });
  expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
    path,
    200,
    "application/json; charset=utf-8",
  ]);
  return answer.body;
}

let caller: string;
let server: string;
let application: string;

test("app create: the answer is all applications, whose services are ids", async () => {
  expect(await ok("GET", "/api/applications")).toEqual([]);
  const made = await ok("POST", "/api/application", firstSla);
  expect(made.flatMap((one: unknown) => wrongTypes(one, wireTypes.application))).toEqual([]);
  const own = made.find((one: { application_name: string }) => one.application_name === "first");
  application = own.applicationID;
  [caller, server] = own.microservices;
  expect([caller, server].every((id) => /^[0-9a-f]{24}$/.test(id))).toBe(true);
});

test("service deploy: a POST without a body and without a media type", async () => {
  for (const id of [caller, server, server]) {
    expect(await ok("POST", `/api/service/${id}/instance`)).toMatchObject({ message: "ok" });
  }
  report(harness, server, 0, "RUNNING");
});

test.each(["/api/services/", "/api/services", "by application"])(
  "service show by %s",
  async (path) => {
    const list = await ok("GET", path === "by application" ? `/api/services/${application}` : path);
    expect(list.map((one: { microservice_name: string }) => one.microservice_name)).toEqual([
      "caller",
      "server",
    ]);
    expect(list.flatMap((one: unknown) => wrongTypes(one, wireTypes.service))).toEqual([]);
    const instances = list.flatMap((one: { instance_list: unknown[] }) => one.instance_list);
    expect(instances).toHaveLength(3);
    expect(instances.flatMap((one: unknown) => wrongTypes(one, wireTypes.instance))).toEqual([]);
  },
);

test("service inspect and logs, by id", async () => {
  const service = await ok("GET", `/api/service/${server}`);
  expect(wrongTypes(service, wireTypes.service)).toEqual([]);
  const [instance] = service.instance_list;
  expect(wrongTypes(instance, wireTypes.instance)).toEqual([]);
  expect(instance).toMatchObject({ status: "RUNNING", logs: "hello\n", disk: "2097152" });
});

test.each([
  "/api/service/server",
  "/api/application/first",
  "/api/application/",
  "/api/service/0123",
  `/api/service/${"0".repeat(24)}`,
])("GET %s, which names nothing, is 404 with a message", async (path) => {
  const { status, body } = await harness.call("GET", path, { token });
  expect([status, typeof body.message]).toEqual([404, "string"]);
});

test("scale up and down, one request an instance", async () => {
  for (let n = 0; n < 3; n += 1) await ok("POST", `/api/service/${server}/instance`);
  const { instance_list: list } = await ok("GET", `/api/service/${server}`);
  expect(list).toHaveLength(5);
  for (const { instance_number: number } of list.slice(0, 3)) {
    expect(await ok("DELETE", `/api/service/${server}/instance/${number}`)).toEqual({
      message: "ok",
    });
  }
  expect((await ok("GET", `/api/service/${server}`)).instance_list).toHaveLength(2);
});

test.each(["/api/clusters/active", "/api/clusters/"])("%s decodes", async (path) => {
  const list = await ok("GET", path);
  expect(list).toHaveLength(path.endsWith("active") ? 1 : 2);
  expect(list.flatMap((one: unknown) => wrongTypes(one, wireTypes.cluster))).toEqual([]);
  expect(list[0]).toMatchObject({ vcpus: 1, memory_in_mb: 1024, csi_drivers: ["csi.example"] });
});

test("an application is shown as an object, and deleted for good; nothing is deleted by an empty id", async () => {
  const shown = await ok("GET", `/api/application/${application}`);
  expect(wrongTypes(shown, wireTypes.application)).toEqual([]);
  expect((await harness.call("DELETE", "/api/application/", { token })).status).toBe(404);
  expect(await ok("DELETE", `/api/application/${application}`)).toEqual({
    message: "Application Deleted",
  });
  expect(await ok("GET", "/api/applications")).toEqual([]);
  expect((await harness.call("GET", `/api/application/${application}`, { token })).status).toBe(
    404,
  );
});

test("a login every ten seconds, by many processes at once, is no attack", async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, () =>
      harness.call("POST", "/api/auth/login", { body: { username: "Admin", password: "Admin" } }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const wrong = await harness.call("POST", "/api/auth/login", {
    body: { username: "Admin", password: "no" },
  });
  expect(wrong.status).toBe(401);
});
