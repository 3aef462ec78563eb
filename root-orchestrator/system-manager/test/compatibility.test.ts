import { afterAll, beforeAll, expect, test } from "vitest";
import { anSla } from "../../../packages/core/test/sla-documents.ts";
import { describeApi } from "../src/api-document.ts";
import { startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});

afterAll(() => database.stop());

test("on request the routes that had it answer JSON inside a JSON string, the others do not", async () => {
  const harness = await startHarness(database, { doubleEncoded: true });
  const token = await harness.login();
  const created = await harness.call("POST", "/api/application/", { token, body: anSla() });
  expect(created.body).toBeTypeOf("string");
  const [application] = JSON.parse(created.body);
  const paths = [
    "/api/applications/",
    "/api/services/",
    `/api/services/${application.applicationID}`,
    `/api/service/${application.microservices[0]}`,
    "/api/organization/",
  ];
  for (const path of paths) {
    const { body } = await harness.call("GET", path, { token });
    expect(JSON.parse(body)).toBeTypeOf("object");
  }
  for (const path of [`/api/application/${application.applicationID}`, "/api/clusters/"]) {
    expect((await harness.call("GET", path, { token })).body).toBeTypeOf("object");
  }
  const missing = await harness.call("GET", "/api/service/nginx", { token });
  expect(missing).toMatchObject({ status: 404, body: { message: expect.any(String) } });
  await harness.stop();
});

test("any web page may call, after asking", async () => {
  const harness = await startHarness(database);
  const { status, headers } = await harness.call("OPTIONS", "/api/applications/", {
    headers: {
      origin: "http://dashboard.example",
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization,content-type",
    },
  });
  expect(status).toBe(204);
  expect(headers.get("access-control-allow-origin")).toBe("*");
  expect(headers.get("access-control-allow-headers")).toContain("authorization");
  await harness.stop();
});

test("the API is described where it is served, for programs and for people", async () => {
  const harness = await startHarness(database);
  const { body } = await harness.call("GET", "/docs/openapi.json");
  expect(body).toEqual(JSON.parse(await describeApi()));
  expect((await harness.call("GET", "/api/docs/")).status).toBe(200);
  await harness.stop();
});
