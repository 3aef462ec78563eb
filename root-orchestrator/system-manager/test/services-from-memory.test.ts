import { afterAll, beforeAll, expect, test } from "vitest";
import { anApplication, anSla, aService } from "../../../packages/core/test/sla-documents.ts";
import { createJobClient } from "../src/adapters/resource-abstractor/jobs.ts";
import { serviceView } from "../src/domain/service-view.ts";
import { type PlacingRoot, startPlacingRoot } from "./whole-root.ts";

let root: PlacingRoot;
let token: string;

beforeAll(async () => {
  root = await startPlacingRoot();
  token = await root.login();
});

afterAll(() => root.stop());

const call = (method: string, path: string, body?: unknown) =>
  root.call(method, path, { token, ...(body === undefined ? {} : { body }) });

/** Reads a service in every way there is, and compares each with what the store has. */
async function read(serviceId: string, applicationId: string) {
  root.readServices.splice(0);
  const one = await call("GET", `/api/service/${serviceId}`);
  const own = await call("GET", `/api/services/${applicationId}`);
  const all = await call("GET", "/api/services?limit=1000&sort=microserviceID");
  const stored = await createJobClient(root.client).findWithInstances(serviceId);
  if (stored === undefined || stored.deleted) {
    expect(one.status).toBe(404);
    expect(own.body).toEqual([]);
    expect(all.body).toEqual([]);
    return undefined;
  }
  const view = JSON.parse(JSON.stringify(serviceView(stored)));
  expect(one).toMatchObject({ status: 200, body: view });
  expect(root.readServices).toEqual([]);
  expect(one.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(one.headers.get("etag")).toBe(`"${stored.rev}"`);
  expect(own.body).toEqual([view]);
  expect(all.body).toEqual([view]);
  return one.body;
}

test("each answer is followed by a reading that shows what it was about", async () => {
  const service = aService({ replicas: 1 });
  const sla = anSla(anApplication({ microservices: [service] }));
  const [application] = (await call("POST", "/api/application", sla)).body;
  const { applicationID } = application;
  const [id = ""] = application.microservices;
  const numbers = async () => {
    const { instance_list: list } = await read(id, applicationID);
    return list.map((one: { instance_number: number }) => one.instance_number);
  };
  expect(await read(id, applicationID)).toMatchObject({ revision: 1, replicas: 1 });
  await call("POST", `/api/service/${id}/instance`);
  expect(await numbers()).toEqual([0, 1]);
  await call("PUT", `/api/service/${id}/scale`, { replicas: 4 });
  expect(await numbers()).toEqual([0, 1, 2, 3]);
  await call("DELETE", `/api/service/${id}/instance/1`);
  expect(await numbers()).toEqual([0, 2, 3]);
  const updated = await call("PUT", `/api/service/${id}`, aService({ code: "web:2" }));
  expect(updated.body).toMatchObject({ revision: 2 });
  // Not compared with the store: the rollout goes on meanwhile.
  const { body: shown } = await call("GET", `/api/service/${id}`);
  expect(shown).toMatchObject({ revision: 2, image: "web:2" });
  expect((await call("DELETE", `/api/service/${id}`)).status).toBe(200);
  expect(await read(id, applicationID)).toBeUndefined();
});

test("somebody else's service is not there", async () => {
  const other = anApplication({ application_name: "other" });
  const [application] = (await call("POST", "/api/application", anSla(other))).body;
  const [id = ""] = application.microservices;
  const body = { name: "eve", password: "eve", email: "eve@example.org", roles: [] };
  expect((await call("POST", "/api/auth/register", body)).status).toBe(200);
  const eve = { token: await root.login("eve", "eve") };
  expect((await root.call("GET", `/api/service/${id}`, eve)).status).toBe(404);
  expect((await root.call("GET", `/api/services/${application.applicationID}`, eve)).status).toBe(
    404,
  );
  expect((await root.call("GET", "/api/services", eve)).status).toBe(403);
  expect((await root.call("GET", `/api/service/${id}`)).status).toBe(401);
});
