import { type Candidate, Status } from "@oak/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anApplication, anSla, aService } from "../../../packages/core/test/sla-documents.ts";
import { type Shape, wireTypes, wrongTypes } from "./clients/wire-types.ts";
import { anInstanceView } from "./fake-stores.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";

/*
 * The Python client and the dashboard need the keys as well, where the Go client takes null and absent for fine; and some
 * that it does not know.
 */
const cluster: Shape = {
  ...wireTypes.cluster,
  port: "string",
  aggregated_cpu_percent: "number",
};
const service: Shape = { ...wireTypes.service, image: "string", cmd: "strings" };
const { instance } = wireTypes;
const application: Shape = { ...wireTypes.application, userId: "string" };

function faultsOf(value: Record<string, unknown>, shape: Shape): string[] {
  const absent = Object.keys(shape).filter(
    (key) => value[key] === undefined || value[key] === null,
  );
  return [...absent.map((key) => `${key} is absent`), ...wrongTypes(value, shape)];
}

let database: TestDatabase;
let harness: Harness;
let token: string;
let services: Record<string, unknown>[];
let applications: Record<string, unknown>[];

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startHarness(database);
  token = await harness.login();
  const full = aService({
    port: "80",
    cmd: ["sh"],
    environment: ["A=1"],
    vgpus: 0,
    addresses: { rr_ip: "10.30.30.30" },
  });
  const bare = aService({ microservice_name: "bare" });
  for (const key of ["microserviceID", "memory", "vcpus"]) delete bare[key];
  const { body } = await harness.call("POST", "/api/application", {
    token,
    body: anSla(anApplication({ microservices: [full, bare] })),
  });
  applications = body;
  const [id] = body[0].microservices;
  await harness.call("POST", `/api/service/${id}/instance`, { token });
  await harness.call("POST", `/api/service/${id}/instance`, { token });
  const points = [{ value: "1.5", timestamp: "2026-01-01T00:00:00Z" }];
  harness.stores.instances.set(id, [
    anInstanceView(0, {
      status: "RUNNING",
      cpu_percent: "1.5",
      cpu_history: points,
      host_port: 50_103,
    }),
  ]);
  harness.stores.candidates = [
    { ...bareCluster, vcpus: 1.5, memory: 1024.5, vram: 0.5 },
    bareCluster,
  ];
  services = (await harness.call("GET", "/api/services/", { token })).body;
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

const bareCluster: Candidate = {
  _id: "c".repeat(24),
  candidate_name: "bare",
  rev: 1,
  want_rev: 0,
  allocatable: { vcpus: 0, memory: 0, vgpus: 0, storage: 0 },
  holds: {},
  liveness: "alive",
  schedulable: true,
  session: 0,
  last_modified_timestamp: 0,
  virtualization: null,
};

test("applications", () => {
  expect(applications.flatMap((one) => faultsOf(one, application))).toEqual([]);
});

describe("services", () => {
  test("with every field", () => {
    expect(faultsOf(services[0]!, service)).toEqual([]);
  });

  test("with the fewest fields: what is there has its type", () => {
    const bare = services[1]!;
    const present = Object.fromEntries(Object.entries(service).filter(([key]) => key in bare));
    expect(faultsOf(bare, present)).toEqual([]);
    expect(Object.keys(present)).toEqual(
      expect.arrayContaining([
        "microserviceID",
        "app_name",
        "applicationID",
        "image",
        "instance_list",
      ]),
    );
  });

  test("carry _id as the dashboard reads it and as the command line tools name it", () => {
    expect(services[0]?._id).toEqual({ $oid: services[0]?.microserviceID });
  });

  test("keep bookkeeping to themselves", () => {
    for (const key of ["owner", "members", "job_name_key", "deleted", "rev"]) {
      expect(services[0]).not.toHaveProperty(key);
    }
  });
});

test("instances, running and waiting", () => {
  const list = services[0]?.instance_list as Record<string, unknown>[];
  expect(list).toHaveLength(2);
  expect(list.flatMap((one) => faultsOf(one, instance))).toEqual([]);
  for (const { status } of list) expect(Status.options).toContain(status);
});

test("clusters, with fractions and with nothing", async () => {
  const { body } = await harness.call("GET", "/api/clusters/", { token });
  expect(body).toHaveLength(2);
  for (const one of body) expect(faultsOf(one, cluster)).toEqual([]);
});

test("every success is exactly 200 with a JSON body", async () => {
  const answers = await Promise.all(
    [
      "/api/applications",
      "/api/applications/",
      "/api/services",
      "/api/clusters",
      "/key",
      "/api/organization",
    ].map((path) => harness.call("GET", path, { token })),
  );
  for (const { status, headers, body } of answers) {
    expect([status, headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
    expect(body).toBeTypeOf("object");
  }
});
