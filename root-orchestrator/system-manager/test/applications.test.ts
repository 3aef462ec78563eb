import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { anApplication, anSla, aService } from "../../../packages/core/test/sla-documents.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";
import { addUser } from "./users.ts";

let database: TestDatabase;
let harness: Harness;
let token: string;
let eve: string;

beforeAll(async () => {
  database = await startTestDatabase();
  const own = { url: database.url, name: database.newName() };
  harness = await startHarness(database, { database: own });
  await addUser(own, "eve", ["Application_Provider"]);
  token = await harness.login();
  eve = await harness.login("eve", "eve");
});

afterEach(() => {
  harness.stores.storedApplications.clear();
  harness.stores.storedJobs.clear();
  harness.stores.beforeWrite = () => undefined;
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

const post = (body: unknown, as = token) =>
  harness.call("POST", "/api/application", { token: as, body });
const unknownId = "0123456789abcdef01234567";

async function createOne(): Promise<{ id: string; serviceId: string }> {
  const { body } = await post(anSla());
  return { id: body[0].applicationID, serviceId: body[0].microservices[0] };
}

test("creating answers all applications of the user, in the shape that clients know", async () => {
  await post(anSla(anApplication({ application_name: "first", microservices: [] })));
  const { status, body } = await post(anSla());
  expect(status).toBe(200);
  expect(body).toHaveLength(2);
  expect(body[1]).toEqual({
    _id: { $oid: body[1].applicationID },
    applicationID: expect.stringMatching(/^[0-9a-f]{24}$/),
    application_name: "shop",
    application_namespace: "prod",
    application_desc: "A shop",
    userId: "Admin",
    organization_id: expect.stringMatching(/^[0-9a-f]{24}$/),
    microservices: [expect.stringMatching(/^[0-9a-f]{24}$/)],
    warnings: [],
  });
});

test("an SLA with several applications creates them all, one without any creates none", async () => {
  const two = anSla(anApplication(), anApplication({ application_name: "two" }));
  expect((await post(two)).body).toHaveLength(2);
  expect((await post({ ...anSla(), applications: [] })).body).toHaveLength(2);
});

test("unknown keys are kept and named in the warnings of their application", async () => {
  const odd = anApplication({
    application_name: "odd",
    colour: "red",
    microservices: [aService({ vcpu: 2 })],
  });
  const { body } = await post(anSla(anApplication(), odd));
  expect(body[0].warnings).toEqual([]);
  expect(body[1].colour).toBe("red");
  expect(body[1].warnings.map((one: { pointer: string }) => one.pointer)).toEqual([
    "/applications/1/colour",
    "/applications/1/microservices/0/vcpu",
  ]);
});

test("keys of the server are not taken from an SLA", async () => {
  const { body } = await post(
    anSla(anApplication({ _id: unknownId, applicationID: unknownId, userId: "eve", rev: 7 })),
  );
  expect(body[0].applicationID).not.toBe(unknownId);
  expect(body[0].userId).toBe("Admin");
});

test("a second application of one name is 409 for the same user and fine for another", async () => {
  const empty = anSla(anApplication({ microservices: [] }));
  await post(empty);
  expect(await post(empty)).toMatchObject({ status: 409, body: { error: "application_exists" } });
  expect((await post(empty, eve)).status).toBe(200);
});

test("a service name that is taken by anybody is 409 and leaves nothing behind", async () => {
  await post(anSla());
  const sla = anSla(
    anApplication({ application_name: "other" }),
    anApplication({
      application_name: "SHOP",
      microservices: [aService({ microservice_name: "api" }), aService()],
    }),
  );
  const answer = await post(sla, eve);
  expect(answer).toMatchObject({ status: 409, body: { error: "service_name_taken" } });
  expect(JSON.stringify(answer.body)).not.toContain("Admin");
  expect(harness.stores.storedApplications.size).toBe(1);
  expect([...harness.stores.storedJobs.values()].filter((job) => !job.deleted)).toHaveLength(1);
});

test("a store that fails halfway leaves nothing behind, and the names can be used again", async () => {
  const sla = anSla(
    anApplication({ microservices: [aService(), aService({ microservice_name: "api" })] }),
  );
  let creations = 0;
  harness.stores.beforeWrite = ({ store, verb }) => {
    if (store !== "job" || verb !== "create") return;
    creations += 1;
    if (creations === 2) throw new Error("gone");
  };
  expect((await post(sla)).status).toBe(500);
  expect(harness.stores.storedApplications.size).toBe(0);
  expect((await post(sla)).status).toBe(200);
});

test("one application is found by its id with and without a final slash", async () => {
  const { id } = await createOne();
  for (const path of [`/api/application/${id}`, `/api/application/${id}/`]) {
    const answer = await harness.call("GET", path, { token });
    expect(answer).toMatchObject({ status: 200, body: { application_name: "shop" } });
  }
});

test.each(["shop", unknownId, "%20", "a".repeat(100)])(
  "%s is no application of anybody: 404 for each verb",
  async (id) => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const body = method === "PUT" ? { body: {} } : {};
      const answer = await harness.call(method, `/api/application/${id}`, { token, ...body });
      expect(answer.status).toBe(404);
    }
  },
);

test("somebody else's application looks exactly like an unknown one", async () => {
  const { id } = await createOne();
  for (const method of ["GET", "PUT", "DELETE"]) {
    const body = method === "PUT" ? { body: { application_desc: "mine now" } } : {};
    const [foreign, unknown] = await Promise.all(
      [id, unknownId].map((one) =>
        harness.call(method, `/api/application/${one}`, { token: eve, ...body }),
      ),
    );
    const { instance: _i, request_id: _r, ...first } = foreign?.body ?? {};
    const { instance: _i2, request_id: _r2, ...second } = unknown?.body ?? {};
    expect(foreign?.status).toBe(404);
    expect(first).toEqual(second);
  }
  expect(harness.stores.storedApplications.get(id)?.application_desc).toBe("A shop");
});

test("DELETE without an id deletes nothing", async () => {
  await createOne();
  for (const path of ["/api/application", "/api/application/", "/api/application//"]) {
    expect((await harness.call("DELETE", path, { token })).status).toBe(404);
  }
  expect(harness.stores.storedApplications.size).toBe(1);
});

test("the own list needs the own user id, the whole list the role Admin", async () => {
  await createOne();
  const { body: user } = await harness.call("GET", "/api/user/Admin", { token });
  const own = await harness.call("GET", `/api/applications/${user._id.$oid}`, { token });
  expect(own.body).toHaveLength(1);
  const foreign = await harness.call("GET", `/api/applications/${user._id.$oid}`, { token: eve });
  expect(foreign.status).toBe(403);
  expect((await harness.call("GET", "/api/applications", { token })).body).toHaveLength(1);
  expect((await harness.call("GET", "/api/applications/", { token: eve })).status).toBe(403);
});

test("an update changes name, namespace and description, and nothing else", async () => {
  const { id, serviceId } = await createOne();
  const answer = await harness.call("PUT", `/api/application/${id}`, {
    token,
    body: {
      _id: { $oid: id },
      application_name: "store",
      application_desc: "",
      userId: "eve",
      microservices: [unknownId],
    },
  });
  expect(answer).toMatchObject({ status: 200, body: { message: "Application is updated" } });
  expect(harness.stores.storedApplications.get(id)).toMatchObject({
    application_name: "store",
    application_namespace: "prod",
    application_desc: "",
    userId: "Admin",
    microservices: [serviceId],
  });
});

test("an update cannot take the name of another own application, nor a bad one", async () => {
  const { id } = await createOne();
  await post(anSla(anApplication({ application_name: "other", microservices: [] })));
  const put = (application_name: string) =>
    harness.call("PUT", `/api/application/${id}`, { token, body: { application_name } });
  expect((await put("other")).status).toBe(409);
  expect((await put("no-dash")).status).toBe(422);
});

test("deleting an application deletes its services and gives their names free", async () => {
  const { id, serviceId } = await createOne();
  const answer = await harness.call("DELETE", `/api/application/${id}`, { token });
  expect(answer).toMatchObject({ status: 200, body: { message: "Application Deleted" } });
  expect(harness.stores.storedJobs.get(serviceId)).toMatchObject({ deleted: true, members: [] });
  expect(harness.nudges).toContain(serviceId);
  expect((await harness.call("GET", `/api/service/${serviceId}`, { token })).status).toBe(404);
  expect((await post(anSla())).status).toBe(200);
});
