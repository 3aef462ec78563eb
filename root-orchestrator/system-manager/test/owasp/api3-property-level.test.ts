import { afterAll, beforeAll, expect, test } from "vitest";
import { anApplication, anSla, aService } from "../../../../packages/core/test/sla-documents.ts";
import { startTestDatabase, type TestDatabase } from "../harness.ts";
import { type People, type Person, startPeople } from "../people.ts";
import { routeTable } from "./route-table.ts";

/*
 * OWASP API3:2023, broken object property level authorization: no body sets what its sender may not set, and no answer
 * shows what nobody may see.
 */

let database: TestDatabase;
let people: People;
let eve: Person;

beforeAll(async () => {
  database = await startTestDatabase();
  people = await startPeople(database);
  eve = await people.add("eve", ["Application_Provider"]);
});

afterAll(async () => {
  await people.harness.stop();
  await database.stop();
});

const rolesNow = async () => (await eve.call("GET", "/api/permission/eve")).body.roles;

test("no body makes its sender an Admin", async () => {
  const more = {
    roles: ["Admin"],
    isAdmin: true,
    role: "Admin",
    organization: people.admin.organization,
  };
  await eve.call("POST", "/api/user/eve", { oldPassword: "wrong", newPassword: "x", ...more });
  await eve.call("PUT", "/api/user/eve", more);
  await eve.call("POST", "/api/auth/refresh", more);
  const login = { username: "eve", password: "eve", ...more, organization: "root" };
  const { body } = await people.harness.call("POST", "/api/auth/login", { body: login });
  const claims = JSON.parse(Buffer.from(body.token.split(".")[1], "base64url").toString());
  expect(claims.roles).toEqual(["Application_Provider"]);
  expect(await rolesNow()).toEqual(["Application_Provider"]);
});

test("what a registration says beyond its fields is not stored", async () => {
  const body = {
    name: "mass",
    password: "mass",
    _id: { $oid: people.admin.id },
    id: people.admin.id,
    generation: 99,
    password_hash: "plain:other",
    passwordHash: "plain:other",
    member: [{ user_id: people.admin.id, roles: [] }],
  };
  const made = await people.admin.call("POST", "/api/auth/register", body);
  expect(made.status).toBe(200);
  expect(Object.keys(made.body).toSorted()).toEqual([
    "_id",
    "created_at",
    "email",
    "name",
    "roles",
  ]);
  expect(made.body._id.$oid).not.toBe(people.admin.id);
  expect((await people.login("mass")).id).toBe(made.body._id.$oid);
});

test("an SLA sets neither an owner nor an organization nor what the server counts", async () => {
  const chosen = {
    userId: "Admin",
    owner: "Admin",
    owner_id: people.admin.id,
    organization_id: "0".repeat(24),
    members: [0, 1, 2],
    rev: 9,
    deleted: true,
  };
  const sla = anSla(anApplication({ ...chosen, microservices: [aService(chosen)] }));
  const { body } = await eve.call("POST", "/api/application", sla);
  const [application] = body;
  expect(application).toMatchObject({ userId: "eve", organization_id: eve.organization });
  const job = people.harness.stores.storedJobs.get(application.microservices[0]);
  expect(job).toMatchObject({
    owner: "eve",
    owner_id: eve.id,
    organization_id: eve.organization,
    members: [],
    deleted: false,
  });
  await eve.call("PUT", `/api/application/${application.applicationID}`, chosen);
  const stored = people.harness.stores.storedApplications.get(application.applicationID);
  expect(stored).toMatchObject({ userId: "eve", owner_id: eve.id });
});

test("keys that reach into objects are refused or have no effect", async () => {
  for (const key of ["__proto__", "constructor", "prototype"]) {
    const raw = `{"name":"p","password":"p","${key}":{"isAdmin":true,"roles":["Admin"]}}`;
    const token = people.admin.token;
    const { status } = await people.harness.call("POST", "/api/auth/register", { token, raw });
    if (status === 200) await people.admin.call("DELETE", "/api/user/p");
    expect([200, 400, 422]).toContain(status);
  }
  expect(({} as Record<string, unknown>)["isAdmin"]).toBeUndefined();
  expect(await rolesNow()).toEqual(["Application_Provider"]);
});

test("no answer to anybody holds a hash, a secret or a key", async () => {
  const routes = (await routeTable()).filter(({ method }) => method === "GET");
  const ids = {
    username: "Admin",
    organizationid: people.admin.organization,
    userid: people.admin.id,
  };
  await people.admin.call("POST", "/api/tokens", { name: "t", scopes: ["read"] });
  for (const route of routes) {
    const path = route.path.replace(
      /\{(\w+)\}/g,
      (_all, param: keyof typeof ids) => ids[param] ?? "x",
    );
    const { status, body } = await people.admin.call("GET", path);
    const text = JSON.stringify(body);
    expect([route.name, status, /plain:|\$argon2|_hash|PRIVATE KEY|"password"/.test(text)]).toEqual(
      [route.name, status, false],
    );
  }
});
