import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { anSla } from "../../../packages/core/test/sla-documents.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";

let database: TestDatabase;
let harness: Harness;
let token: string;
let paths: { application: string; service: string };

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startHarness(database);
  token = await harness.login();
});

beforeEach(async () => {
  harness.stores.storedApplications.clear();
  harness.stores.storedJobs.clear();
  const { body } = await harness.call("POST", "/api/application", { token, body: anSla() });
  const [{ applicationID, microservices }] = body;
  paths = {
    application: `/api/application/${applicationID}`,
    service: `/api/service/${microservices[0]}`,
  };
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

test.each(["application", "service"] as const)(
  "a version of the %s that is past is 412",
  async (kind) => {
    const path = paths[kind];
    const tag = (await harness.call("GET", path, { token })).headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[0-9]+"$/);
    await (kind === "service"
      ? harness.call("POST", `${path}/instance`, { token })
      : harness.call("PUT", path, { token, body: { application_desc: "new" } }));
    const late = await harness.call("DELETE", path, { token, headers: { "if-match": tag } });
    expect(late).toMatchObject({ status: 412, body: { error: "precondition_failed" } });
    const next = (await harness.call("GET", path, { token })).headers.get("etag") ?? "";
    expect(next).not.toBe(tag);
    const fresh = await harness.call("DELETE", path, { token, headers: { "if-match": next } });
    expect(fresh.status).toBe(200);
  },
);

test("an application is not changed over somebody else's change", async () => {
  const put = (headers: Record<string, string>) =>
    harness.call("PUT", paths.application, { token, body: { application_desc: "x" }, headers });
  expect((await put({ "if-match": 'W/"1"' })).status).toBe(412);
  expect((await put({ "if-match": '"0", "1"' })).status).toBe(200);
});
