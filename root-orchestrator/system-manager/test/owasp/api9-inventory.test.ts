import { afterAll, beforeAll, expect, test } from "vitest";
import { describeApi, listRoutes } from "../../src/api-document.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "../harness.ts";
import { type ApiDocument, operationsOf } from "../openapi/document.ts";

/* OWASP API9:2023, improper inventory management: nothing answers that nobody knows of. */

let database: TestDatabase;
let harness: Harness;
const document: ApiDocument = JSON.parse(await describeApi());
const operations = operationsOf(document);

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startHarness(database);
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

/**
 * What serves programs around the service and people who read, and is no part of the API; and the form of the
 * dashboard's mail page, which is `PUT /api/settings` by a name that lacks a slash.
 */
const besides = [
  "GET /api/docs",
  "GET /api/docs/reference.js",
  "GET /docs/openapi.json",
  "GET /livez",
  "GET /metrics",
  "GET /readyz",
  "PUT /apisettings",
];

test("every route stands in the document, and every operation of the document is a route", async () => {
  const routes = (await listRoutes())
    .filter(({ method }) => method !== "HEAD" && method !== "OPTIONS")
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  const known = [...operations.map(({ name }) => name), ...besides];
  expect(routes.toSorted()).toEqual(known.toSorted());
});

test("what the document leaves out is what is named here", async () => {
  const hidden = (await listRoutes())
    .filter(({ isHidden, method }) => isHidden && method !== "HEAD" && method !== "OPTIONS")
    .map(({ method, path }) => `${method} ${path}`);
  expect(hidden.toSorted()).toEqual(besides);
});

const open = new Set(["GET /key", "POST /api/auth/login", "POST /api/user", "PUT /api/user"]);

test("open to everybody is only what has to be", () => {
  const unguarded = operations
    .filter(({ operation }) => operation.security.length === 0)
    .map(({ name }) => name);
  expect(unguarded.filter((name) => !open.has(name))).toEqual([]);
});

test.each(
  operations
    .filter(({ operation }) => operation.security.length > 0)
    .map(({ name, method, path }) => [name, method, path] as const),
)("%s needs a credential that is good", async (_name, method, path) => {
  const address = path.replaceAll(/\{\w+\}/g, "65f0c0ffee65f0c0ffee65f0");
  for (const authorization of [
    undefined,
    "Bearer x",
    "Bearer oak_none",
    "Basic QWRtaW46QWRtaW4=",
  ]) {
    const { status, body } = await harness.call(method, address, {
      ...(method === "GET" ? {} : { body: {} }),
      ...(authorization === undefined ? {} : { headers: { authorization } }),
    });
    // Upstream's older family says 422 for a token that cannot be read, and bodies are looked at before a join secret.
    expect([authorization, [401, 403, 422].includes(status)]).toEqual([authorization, true]);
    expect(body.code).toBe(status);
  }
});

test.each([
  "/",
  "/api",
  "/api/v1/jobs",
  "/api/v1/resources",
  "/api/v2/applications",
  "/api/result/deploy",
  "/admin",
  "/.env",
  "/.git/config",
  "/debug",
  "/api/applications.json",
  "/API/applications",
  "/api//applications",
])("%s is not there", async (path) => {
  const token = await harness.login();
  for (const method of ["GET", "POST", "PUT", "DELETE"]) {
    expect((await harness.call(method, path, { token })).status).toBe(404);
  }
});

test("the interface of clusters does not take the token of an administrator", async () => {
  const token = await harness.login();
  const id = "65f0c0ffee65f0c0ffee65f0";
  const answers = await Promise.all([
    harness.call("GET", `/api/clusters/${id}/wanted?session=0`, { token }),
    harness.call("POST", `/api/information/${id}`, { token, body: {} }),
  ]);
  for (const { status } of answers) expect([401, 403]).toContain(status);
});
