import { SLA_LIMITS } from "@oak/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anApplication, anSla, aService } from "../../../../packages/core/test/sla-documents.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "../harness.ts";

/* OWASP API6:2023, unrestricted access to sensitive business flows: what one may do, one may not do without end. */

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

const create = (...applications: object[]) =>
  harness.call("POST", "/api/application", { token, body: anSla(...applications) });

async function aNewService(name: string): Promise<string> {
  const application = anApplication({ application_name: name });
  const { body } = await create(application);
  return body.find((one: { application_name: string }) => one.application_name === name)
    .microservices[0];
}

test("a service has at most a thousand instances, however many ask at once", async () => {
  const service = await aNewService("flood");
  const { body } = await harness.call("PUT", `/api/service/${service}/scale`, {
    token,
    body: { replicas: SLA_LIMITS.instancesPerService - 5 },
  });
  expect(body.replicas).toBe(SLA_LIMITS.instancesPerService - 5);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      harness.call("POST", `/api/service/${service}/instance`, { token }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
  expect(answers.find(({ status }) => status === 409)?.body.error).toBe("too_many_instances");
});

test("no number of instances beyond it can be asked for", async () => {
  const service = await aNewService("scale");
  for (const replicas of [SLA_LIMITS.instancesPerService + 1, 1e9, -1, 1.5, "7"]) {
    const body = { replicas };
    const { status } = await harness.call("PUT", `/api/service/${service}/scale`, { token, body });
    expect([replicas, status >= 400 && status < 500]).toEqual([replicas, true]);
  }
});

test("an application has at most a hundred services", async () => {
  const services = Array.from({ length: SLA_LIMITS.servicesPerApplication + 1 }, (_, n) =>
    aService({ microservice_name: `s${n}` }),
  );
  const answer = await create(anApplication({ application_name: "wide", microservices: services }));
  expect(answer.status).toBe(422);
});

test("a user has at most a thousand applications", async () => {
  const { storedApplications } = harness.stores;
  const before = new Map(storedApplications);
  const [any] = storedApplications.values();
  for (let n = storedApplications.size; n < SLA_LIMITS.applicationsPerUser; n += 1) {
    const id = n.toString(16).padStart(24, "0");
    storedApplications.set(id, { ...any!, _id: id, applicationID: id, application_name: `a${n}` });
  }
  const refused = await create(anApplication({ application_name: "onemore", microservices: [] }));
  expect([refused.status, refused.body.error]).toEqual([409, "too_many_applications"]);
  expect(storedApplications.size).toBe(SLA_LIMITS.applicationsPerUser);
  storedApplications.clear();
  for (const [id, application] of before) storedApplications.set(id, application);
});

test("of many that want one name at once, one gets it", async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      create(anApplication({ application_name: "wanted", microservices: [] })),
    ),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(19).fill(409)]);
});

test("registering a cluster without its secret fails each time and leaves nothing", async () => {
  const body = { cluster_name: "mine", incarnation: "0123456789abcdef", join_secret: "guess" };
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      harness.call("POST", "/api/cluster/register", {
        body: { ...body, cluster_name: `mine${n}` },
      }),
    ),
  );
  const statuses = new Set(answers.map(({ status }) => status));
  for (const status of statuses) expect([401, 403, 422, 429, 503]).toContain(status);
  const { body: clusters } = await harness.call("GET", "/api/clusters", { token });
  expect(clusters).toEqual([]);
});

test("nobody registers without a token, and nobody without a role registers others", async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      harness.call("POST", "/api/auth/register", {
        body: { name: `bot${n}`, password: "long enough", email: "", roles: [] },
      }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
});
