import { afterAll, beforeAll, expect, test } from "vitest";
import { anSla } from "../../../packages/core/test/sla-documents.ts";
import { createApplicationClient } from "../src/adapters/resource-abstractor/applications.ts";
import { createResourceAbstractorClient } from "../src/adapters/resource-abstractor/client.ts";
import { createClusterClient } from "../src/adapters/resource-abstractor/clusters.ts";
import { createJobClient } from "../src/adapters/resource-abstractor/jobs.ts";
import { createRevisionClient } from "../src/adapters/resource-abstractor/revisions.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";
import { addUser, removeUser } from "./users.ts";

let database: TestDatabase;
let harness: Harness;
const client = createResourceAbstractorClient({
  baseUrl: "unix:/nowhere/at/all.sock",
  tierSecret: "a-secret-of-this-test",
});

beforeAll(async () => {
  database = await startTestDatabase();
});

afterAll(async () => {
  client.close();
  await database.stop();
});

test("without the resource abstractor users get 503 with a reason, and can still log in", async () => {
  harness = await startHarness(database, {
    stores: {
      applications: createApplicationClient(client),
      jobs: createJobClient(client),
      revisions: createRevisionClient(client),
      clusters: createClusterClient(client),
      nudge: () => undefined,
    },
  });
  const token = await harness.login();
  for (const [method, path] of [
    ["POST", "/api/application"],
    ["GET", "/api/applications"],
    ["GET", "/api/services"],
    ["GET", "/api/clusters"],
    ["POST", "/api/service/0123456789abcdef01234567/instance"],
  ] as const) {
    const body = path === "/api/application" ? { body: anSla() } : {};
    const answer = await harness.call(method, path, { token, ...body });
    expect(answer).toMatchObject({ status: 503, body: { error: "unavailable" } });
    expect(answer.body.message).toContain("resource abstractor");
  }
  await harness.stop();
});

test("a user who was deleted is nobody, although the token is valid", async () => {
  const own = { url: database.url, name: database.newName() };
  harness = await startHarness(database, { database: own });
  await addUser(own, "eve", ["Admin"]);
  const { body: tokens } = await harness.call("POST", "/api/auth/login", {
    body: { username: "eve", password: "eve" },
  });
  await removeUser(own, "eve");
  // Behind the service's back: what it remembers counts for some seconds.
  harness.clock.shiftMs += 10_000;
  const token = tokens.token;
  expect((await harness.call("GET", "/api/services", { token })).status).toBe(401);
  expect((await harness.call("GET", "/api/applications", { token })).status).toBe(401);
  const refresh = await harness.call("POST", "/api/auth/refresh", { token: tokens.refresh_token });
  expect(refresh.status).toBe(404);
  await harness.stop();
});
