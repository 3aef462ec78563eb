import { afterAll, beforeAll, expect, test } from "vitest";
import { anApplication, anSla, aService } from "../../../packages/core/test/sla-documents.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";
import { addUser } from "./users.ts";

let database: TestDatabase;
let harness: Harness;
let admin: string;
let eve: string;
let ines: string;

beforeAll(async () => {
  database = await startTestDatabase();
  const own = { url: database.url, name: database.newName() };
  harness = await startHarness(database, { database: own });
  await addUser(own, "eve", ["Application_Provider"]);
  await addUser(own, "ines", ["Infrastructure_Provider"]);
  admin = await harness.login();
  eve = await harness.login("eve", "eve");
  ines = await harness.login("ines", "ines");
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

const events = async (query = "", token = admin) => {
  const answer = await harness.call("GET", `/api/events${query}`, { token });
  expect(answer.status).toBe(200);
  return answer.body;
};
const reasons = async (query = "", token = admin): Promise<string[]> =>
  (await events(query, token)).map(({ reason }: { reason: string }) => reason);

let made = 0;
async function createOne(token = admin): Promise<{ id: string; serviceId: string }> {
  made += 1;
  const application = anApplication({
    application_name: `app${made}`,
    microservices: [aService({ microservice_name: `web${made}` })],
  });
  const { body } = await harness.call("POST", "/api/application", {
    token,
    body: anSla(application),
  });
  const created = body.find((one: { application_name: string }) =>
    one.application_name.endsWith(`app${made}`),
  );
  return { id: created.applicationID, serviceId: created.microservices[0] };
}

test("the story of a service is told, the newest first, with who did it", async () => {
  const { id, serviceId } = await createOne();
  const path = `/api/service/${serviceId}`;
  await harness.call("POST", `${path}/instance`, { token: admin });
  await harness.call("DELETE", `${path}/instance/0`, { token: admin });
  await harness.call("DELETE", path, { token: admin });
  await harness.call("DELETE", `/api/application/${id}`, { token: admin });
  const told = await events(`?application=${id}`);
  expect(told.map(({ reason }: { reason: string }) => reason)).toEqual([
    "application_deleted",
    "service_deleted",
    "instance_removed",
    "instance_requested",
    "service_created",
    "application_created",
  ]);
  expect(told[3]).toMatchObject({
    id: expect.any(Number),
    at: expect.any(Number),
    type: "instance",
    level: "normal",
    message: expect.stringMatching(/^Instance 0 of app\S+ is wanted$/),
    application_id: id,
    service_id: serviceId,
    instance_number: 0,
    actor: "Admin",
  });
  expect(told[3]).not.toHaveProperty("owner");
});

test("what was refused did not happen", async () => {
  const { id } = await createOne();
  const before = (await events()).length;
  await harness.call("DELETE", `/api/application/${id}`, { token: eve });
  expect(await events()).toHaveLength(before);
});

test("users see what is about their own applications, administrators everything", async () => {
  const { id } = await createOne(eve);
  expect(await reasons(`?application=${id}`, eve)).toEqual([
    "service_created",
    "application_created",
  ]);
  expect(await reasons(`?application=${id}`, admin)).toHaveLength(2);
  expect(await reasons(`?application=${id}`, ines)).toEqual([]);
  const { id: other } = await createOne(admin);
  expect(await reasons(`?application=${other}`, eve)).toEqual([]);
});

test("lists come in pages", async () => {
  const { serviceId } = await createOne();
  for (let count = 0; count < 3; count += 1) {
    await harness.call("POST", `/api/service/${serviceId}/instance`, { token: admin });
  }
  const seen: number[] = [];
  let path = `/api/events?service=${serviceId}&type=instance&limit=2`;
  for (let pages = 0; path !== "" && pages < 5; pages += 1) {
    const { body, headers } = await harness.call("GET", path, { token: admin });
    expect(headers.get("x-total-count")).toBe("3");
    seen.push(...body.map((event: { instance_number: number }) => event.instance_number));
    path = /<(.+)>; rel="next"/.exec(headers.get("link") ?? "")?.[1] ?? "";
  }
  expect(seen).toEqual([2, 1, 0]);
});

test("events are narrowed down by what they are about, by time and by id", async () => {
  const { id, serviceId } = await createOne();
  await harness.call("POST", `/api/service/${serviceId}/instance`, { token: admin });
  await harness.call("POST", `/api/service/${serviceId}/instance`, { token: admin });
  const about = `application=${id}`;
  expect(await reasons(`?${about}&type=service,application`)).toEqual([
    "service_created",
    "application_created",
  ]);
  expect(await reasons(`?${about}&instance=1`)).toEqual(["instance_requested"]);
  expect(await reasons(`?${about}&reason=application_created`)).toHaveLength(1);
  expect(await reasons(`?${about}&level=warning`)).toEqual([]);
  expect(await reasons(`?${about}&actor=eve`)).toEqual([]);
  expect(await reasons(`?${about}&since=10m`)).toHaveLength(4);
  expect(await reasons(`?${about}&since=2126-01-01`)).toEqual([]);
  const [newest, second] = await events(`?${about}`);
  expect(await events(`?${about}&after=${second.id}`)).toEqual([newest]);
  const name = newest.service_name;
  expect(await reasons(`?service=${name}&type=instance`)).toHaveLength(2);
});

test("a page tells how many there are in all, of those that the caller may see", async () => {
  const { serviceId } = await createOne(admin);
  const total = async (query: string, token: string) => {
    const { headers } = await harness.call("GET", `/api/events?limit=1&${query}`, { token });
    return headers.get("x-total-count");
  };
  expect(await total(`service=${serviceId}`, admin)).toBe("1");
  expect(await total(`service=${serviceId}`, eve)).toBe("0");
});

test.each([
  "since=yesterday",
  "since[$gt]=1&since=-1",
  "limit=0",
  "limit=1001",
  "type=nonsense",
  "after=-1",
  "instance=one",
])("a query like %s is refused", async (query) => {
  const { status } = await harness.call("GET", `/api/events?${query}`, { token: admin });
  expect(status).toBe(422);
});

test("operators reach no filter", async () => {
  await createOne(admin);
  const { status, body } = await harness.call("GET", "/api/events?actor[$ne]=x", { token: eve });
  expect(status).toBe(200);
  expect(body.every(({ actor }: { actor: string }) => actor === "eve")).toBe(true);
});

test("without a token nothing is told", async () => {
  expect((await harness.call("GET", "/api/events")).status).toBe(401);
});

test("administrators alone read who changed what about accounts, and never a secret", async () => {
  const made = await harness.call("POST", "/api/tokens", {
    token: admin,
    body: { name: "told", scopes: ["read"] },
  });
  await harness.call("POST", "/api/user/eve", {
    token: eve,
    body: { oldPassword: "eve", newPassword: "evening-star" },
  });
  eve = await harness.login("eve", "evening-star");
  await expect
    .poll(() => events("?type=account"))
    .toMatchObject([
      { actor: "eve", message: "eve changed the password of user eve" },
      { actor: "Admin", message: "Admin made API token told" },
    ]);
  const told = JSON.stringify(await events("?type=account"));
  expect(told).not.toContain(made.body.token);
  expect(told).not.toContain("evening-star");
  expect(await reasons("?type=account", eve)).toEqual([]);
  expect(await reasons("?type=account", ines)).toEqual([]);
});

test("an update is told with its revision, and so is the way back", async () => {
  const { serviceId } = await createOne();
  const path = `/api/service/${serviceId}`;
  const { body: before } = await harness.call("GET", path, { token: admin });
  const { microservice_name, microservice_namespace, virtualization } = before;
  const body = { microservice_name, microservice_namespace, virtualization, code: "other/image:2" };
  expect((await harness.call("PUT", path, { token: admin, body })).status).toBe(200);
  await harness.call("POST", `${path}/rollback`, { token: admin, body: { revision: 1 } });
  expect((await reasons(`?service=${serviceId}`)).slice(0, 2)).toEqual([
    "service_rolled_back",
    "service_updated",
  ]);
});
