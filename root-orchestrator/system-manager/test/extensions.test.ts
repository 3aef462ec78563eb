import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createSilentLogger, type HttpClient } from "@oak/kit";
import { createResourceAbstractor } from "@oak/resource-abstractor";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApplicationClient } from "../src/adapters/resource-abstractor/applications.ts";
import { createResourceAbstractorClient } from "../src/adapters/resource-abstractor/client.ts";
import { createClusterClient } from "../src/adapters/resource-abstractor/clusters.ts";
import { createJobClient } from "../src/adapters/resource-abstractor/jobs.ts";
import { createRevisionClient } from "../src/adapters/resource-abstractor/revisions.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";

let database: TestDatabase;
let abstractor: ReturnType<typeof createResourceAbstractor>;
let client: HttpClient;
let harness: Harness;
let admin: string;
let receiver: Server;
let answer: { status: number; body: string };

beforeAll(async () => {
  database = await startTestDatabase();
  const tierSecret = "a-secret-of-this-test";
  abstractor = createResourceAbstractor({
    database: { url: database.url, name: "resource_abstractor" },
    tierSecret,
    listen: { host: "127.0.0.1", port: 0 },
    hooks: { allow: [{ range: { address: "127.0.0.1", prefix: 32 } }] },
    logger: createSilentLogger(),
  });
  await abstractor.start();
  client = createResourceAbstractorClient({ baseUrl: abstractor.url(), tierSecret });
  harness = await startHarness(database, {
    abstractor: client,
    stores: {
      applications: createApplicationClient(client),
      jobs: createJobClient(client),
      revisions: createRevisionClient(client),
      clusters: createClusterClient(client),
      nudge: () => undefined,
    },
  });
  admin = await harness.login();
  receiver = createServer((_request, response) => {
    response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await harness.stop();
  client.close();
  await abstractor.stop();
  await database.stop();
  await new Promise((resolve) => receiver.close(resolve));
});

const call = (method: string, path: string, body?: unknown, token = admin) =>
  harness.call(method, path, { token, ...(body === undefined ? {} : { body }) });

const aHook = (changes: Record<string, unknown> = {}) => ({
  hook_name: "audit",
  webhook_url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
  entity: "applications",
  events: ["pre_create"],
  ...changes,
});

test("an administrator makes, tests, changes and removes a hook; each answer is 200 with JSON", async () => {
  answer = { status: 200, body: "{}" };
  const made = await call("POST", "/api/hooks", aHook());
  expect(made).toMatchObject({
    status: 200,
    body: { hook_name: "audit", secret: expect.stringMatching(/^whsec_/), state: "working" },
  });
  const path = `/api/hooks/${made.body._id}`;
  const listed = await call("GET", "/api/hooks/?entity=applications");
  expect(listed.body).toEqual([expect.objectContaining({ _id: made.body._id })]);
  expect(JSON.stringify(listed.body)).not.toContain("secret");
  expect((await call("POST", `${path}/test`)).body).toMatchObject({
    event: "ping",
    outcome: "delivered",
  });
  expect((await call("GET", `${path}/deliveries?limit=1`)).body).toMatchObject([{ event: "ping" }]);
  const rotated = await call("PATCH", path, { rotate_secret: true });
  expect(rotated.body.secret).not.toBe(made.body.secret);
  expect(await call("DELETE", path)).toMatchObject({ status: 200, body: { message: "ok" } });
  expect(await call("GET", path)).toMatchObject({ status: 404, body: { error: "hook_unknown" } });
});

test.each([
  ["a twin", aHookOf({}), 409],
  ["an unknown event", aHookOf({ events: ["x"] }), 422],
  ["an address of the machine", aHookOf({ webhook_url: "http://169.254.169.254/" }), 422],
])("a hook that is %s is refused with the reason", async (_what, changes, status) => {
  const { body } = await call("POST", "/api/hooks", aHook());
  const refused = await call("POST", "/api/hooks", aHook(changes));
  expect(refused).toMatchObject({ status, body: { code: status, message: expect.any(String) } });
  await call("DELETE", `/api/hooks/${body._id}`);
});

test("what a hook refuses is 403 with what the hook says", async () => {
  answer = { status: 403, body: JSON.stringify({ message: "no more applications today" }) };
  const { body: hook } = await call("POST", "/api/hooks", aHook());
  const application = {
    application_name: "shop",
    application_namespace: "test",
    application_desc: "",
    microservices: [],
  };
  const sla = { sla_version: "v2.0", customerID: "Admin", applications: [application] };
  const refused = await call("POST", "/api/application", sla);
  expect(refused).toMatchObject({
    status: 403,
    body: { error: "refused_by_hook", message: "audit refuses: no more applications today" },
  });
  await call("DELETE", `/api/hooks/${hook._id}`);
  expect(await call("POST", "/api/application", sla)).toMatchObject({ status: 200 });
});

test("a service whose end a hook refuses stays, with its application", async () => {
  const service = {
    microservice_name: "web",
    microservice_namespace: "test",
    virtualization: "container",
    code: "docker.io/library/nginx:1",
  };
  const application = {
    application_name: "kept",
    application_namespace: "test",
    application_desc: "",
    microservices: [service],
  };
  const sla = { sla_version: "v2.0", customerID: "Admin", applications: [application] };
  const { body: applications } = await call("POST", "/api/application", sla);
  const kept = (list: { application_name: string }[]) =>
    list.find(({ application_name }) => application_name === "kept");
  const { microservices, applicationID } = kept(applications) as unknown as Record<string, string>;
  answer = { status: 403, body: JSON.stringify({ message: "in use" }) };
  const { body: hook } = await call(
    "POST",
    "/api/hooks",
    aHook({ entity: "jobs", events: ["pre_delete"] }),
  );
  expect(await call("DELETE", `/api/service/${microservices![0]}`)).toMatchObject({ status: 403 });
  expect((await call("GET", `/api/application/${applicationID}`)).body).toMatchObject({
    microservices,
  });
  await call("DELETE", `/api/hooks/${hook._id}`);
  expect(await call("DELETE", `/api/service/${microservices![0]}`)).toMatchObject({ status: 200 });
});

test("custom resources are made and found through the root", async () => {
  const schema = { type: "object", properties: { fps: { type: "integer" } } };
  const types = "/api/custom-resources";
  expect(await call("POST", types, { resource_type: "camera", schema })).toMatchObject({
    status: 200,
  });
  const { body: made } = await call("POST", `${types}/camera`, { fps: 25 });
  expect((await call("GET", `${types}/camera?fps=25`)).body).toEqual([made]);
  expect((await call("GET", `${types}/camera?fps=5`)).body).toEqual([]);
  const one = `${types}/camera/${made._id}`;
  expect((await call("PATCH", one, { fps: 5 })).body).toEqual({ ...made, fps: 5 });
  expect(await call("PUT", one, { fps: "x" })).toMatchObject({
    status: 400,
    body: { error: "resource_invalid", code: 400 },
  });
  expect(await call("DELETE", one)).toMatchObject({ status: 200, body: { message: "ok" } });
  expect(await call("DELETE", `${types}/camera`)).toMatchObject({ status: 200 });
  expect(await call("GET", `${types}/camera`)).toMatchObject({ status: 404 });
});

test.each([
  ["GET", "/api/hooks"],
  ["POST", "/api/custom-resources"],
])("%s %s needs a token", async (method, path) => {
  expect(await harness.call(method, path)).toMatchObject({ status: 401 });
});

function aHookOf(changes: Record<string, unknown>): Record<string, unknown> {
  return changes;
}
