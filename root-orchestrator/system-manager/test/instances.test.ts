import { afterAll, beforeAll, expect, test } from "vitest";
import { anApplication, anSla, aService } from "../../../packages/core/test/sla-documents.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";

let database: TestDatabase;
let harness: Harness;
let token: string;

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startHarness(database);
  token = await harness.login();
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

test("a new user logs in, creates an application and deploys an instance", async () => {
  const created = await harness.call("POST", "/api/application", { token, body: anSla() });
  expect(created.status).toBe(200);
  const [serviceId] = created.body[0].microservices;
  const deployed = await harness.call("POST", `/api/service/${serviceId}/instance`, { token });
  expect(deployed).toMatchObject({ status: 200, body: { message: "ok", instance_number: 0 } });
  expect(harness.nudges).toContain(serviceId);
  const { body: service } = await harness.call("GET", `/api/service/${serviceId}`, { token });
  expect(service.instance_list).toMatchObject([{ instance_number: 0, status: "REQUESTED" }]);
});
