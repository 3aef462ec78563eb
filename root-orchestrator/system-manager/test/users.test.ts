import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestDatabase, type TestDatabase } from "./harness.ts";
import { type People, startPeople } from "./people.ts";

let database: TestDatabase;
let people: People;
let names = 0;

beforeAll(async () => {
  database = await startTestDatabase();
  people = await startPeople(database);
});

afterAll(async () => {
  await people.harness.stop();
  await database.stop();
});

const newName = (): string => {
  names += 1;
  return `user${names}`;
};
const register = (body: object) => people.admin.call("POST", "/api/auth/register", body);
const loginAs = (username: string, password: string, more: object = {}) =>
  people.harness.call("POST", "/api/auth/login", { body: { username, password, ...more } });

describe("registering", () => {
  test("makes a member of the caller's organization and answers the user without a hash", async () => {
    const name = newName();
    const { status, body } = await register({
      _id: { $oid: "" },
      name,
      password: "secret",
      email: "eve@example.org",
      created_at: "24/12/2025 18:00",
      roles: ["Application_Provider"],
      isAdmin: true,
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      _id: { $oid: expect.stringMatching(/^[0-9a-f]{24}$/) },
      name,
      email: "eve@example.org",
      created_at: "24/12/2025 18:00",
      roles: ["Application_Provider"],
    });
    expect((await loginAs(name, "secret")).status).toBe(200);
  });

  test("stamps the day in the dashboard's form when there is none", async () => {
    const { body } = await register({ name: newName(), password: "secret" });
    expect(body.created_at).toMatch(/^\d\d\/\d\d\/\d{4} \d\d:\d\d$/);
  });

  test("a name that is taken is 409 with words that clients show", async () => {
    const answer = await register({ name: "Admin", password: "other" });
    expect(answer).toMatchObject({ status: 409, body: { message: "Username already exists" } });
    expect((await loginAs("Admin", "Admin")).status).toBe(200);
  });

  test.each([
    ["no name", { password: "x" }],
    ["an empty name", { name: "", password: "x" }],
    ["an empty password", { name: "somebody", password: "" }],
    ["a role that is none", { name: "somebody", password: "x", roles: ["Root"] }],
    ["a name with a slash", { name: "a/b", password: "x" }],
    ["operators", { name: { $ne: "" }, password: { $gt: "" } }],
    ["a line break in the address", { name: "somebody", password: "x", email: "a@b\r\nBcc: c@d" }],
  ])("%s is 422", async (_what, body) => {
    expect((await register(body)).status).toBe(422);
  });
});

describe("changing a user", () => {
  test("an absent or empty password stays, and nothing but known fields is stored", async () => {
    const user = await people.add(newName(), []);
    const path = `/api/user/${user.name}`;
    const whole = { _id: { $oid: "0".repeat(24) }, name: user.name, email: "new@example.org" };
    for (const body of [whole, { ...whole, password: "" }, { ...whole, generation: 7 }]) {
      expect((await people.admin.call("PUT", path, body)).status).toBe(200);
    }
    expect((await user.call("GET", path)).body).toMatchObject({
      _id: { $oid: user.id },
      email: "new@example.org",
    });
    expect((await loginAs(user.name, user.name)).status).toBe(200);
  });

  test("a new password counts, and what was issued before is void at once", async () => {
    const user = await people.add(newName(), []);
    const path = `/api/user/${user.name}`;
    await people.admin.call("PUT", path, { password: "changed" });
    expect((await user.call("GET", path)).status).toBe(401);
    expect((await loginAs(user.name, user.name)).status).toBe(401);
    expect((await loginAs(user.name, "changed")).status).toBe(200);
  });

  test("a role that is taken away is gone for the token that is in use", async () => {
    const user = await people.add(newName(), ["Admin"]);
    expect((await user.call("GET", "/api/users/")).status).toBe(200);
    await people.admin.call("PUT", `/api/user/${user.name}`, { roles: ["Application_Provider"] });
    expect((await user.call("GET", "/api/users/")).status).toBe(403);
    expect((await user.call("GET", `/api/permission/${user.name}`)).body).toEqual({
      roles: ["Application_Provider"],
    });
  });

  test("another name is refused, and an unknown user is 404", async () => {
    const user = await people.add(newName(), []);
    const renamed = await people.admin.call("PUT", `/api/user/${user.name}`, { name: "other" });
    expect(renamed.status).toBe(409);
    expect((await people.admin.call("PUT", "/api/user/nobody", {})).status).toBe(404);
  });
});

describe("deleting a user", () => {
  test("takes the memberships along, voids the tokens and answers who remains", async () => {
    const user = await people.add(newName(), ["Application_Provider"]);
    const { status, body } = await people.admin.call("DELETE", `/api/user/${user.name}`);
    expect(status).toBe(200);
    const remaining = body.map((one: { name: string }) => one.name);
    expect(remaining).toContain("Admin");
    expect(remaining).not.toContain(user.name);
    expect((await user.call("GET", `/api/user/${user.name}`)).status).toBe(401);
    const { body: organizations } = await people.admin.call("GET", "/api/organization");
    expect(JSON.stringify(organizations)).not.toContain(user.id);
    expect((await people.admin.call("DELETE", `/api/user/${user.name}`)).status).toBe(404);
  });

  test("the last Admin can be neither deleted nor demoted, in no way", async () => {
    const { admin } = people;
    const { body: organizations } = await admin.call("GET", "/api/organization");
    const root = organizations.find((one: { name: string }) => one.name === "root");
    const answers = [
      await admin.call("DELETE", "/api/user/Admin"),
      await admin.call("PUT", "/api/user/Admin", { roles: ["Organization_Admin"] }),
      await admin.call("PUT", `/api/organization/${root._id.$oid}`, { member: [] }),
    ];
    expect(answers.map(({ body }) => body.error)).toEqual([
      "last_admin",
      "last_admin",
      "last_admin",
    ]);
    expect((await admin.call("GET", "/api/users")).status).toBe(200);
  });

  test("whoever gets the name of a deleted user does not get his applications", async () => {
    const name = newName();
    const first = await people.add(name, ["Application_Provider"]);
    const sla = {
      sla_version: "v2.0",
      customerID: "x",
      applications: [{ application_name: name, application_namespace: "prod", microservices: [] }],
    };
    const { body } = await first.call("POST", "/api/application", sla);
    await people.admin.call("DELETE", `/api/user/${name}`);
    const second = await people.add(name, ["Application_Provider"]);
    const path = `/api/application/${body[0].applicationID}`;
    expect((await second.call("GET", path)).status).toBe(404);
    expect((await second.call("GET", `/api/applications/${second.id}`)).body).toEqual([]);
    expect((await people.admin.call("DELETE", path)).status).toBe(200);
  });
});

describe("the own password", () => {
  test("is changed with the old one, and ends every session", async () => {
    const user = await people.add(newName(), []);
    const path = `/api/user/${user.name}`;
    const other = await people.login(user.name);
    const body = { oldPassword: user.name, newPassword: "brand new" };
    expect(await user.call("POST", path, body)).toMatchObject({ status: 200, body: {} });
    for (const one of [user, other]) expect((await one.call("GET", path)).status).toBe(401);
    const renewed = await people.login(user.name, "root", "brand new");
    expect((await renewed.call("GET", path)).status).toBe(200);
  });

  test("a wrong old one is 400, the same again too, and somebody else's is 403", async () => {
    const user = await people.add(newName(), []);
    const path = `/api/user/${user.name}`;
    const change = (oldPassword: string, newPassword: string) =>
      user.call("POST", path, { oldPassword, newPassword });
    expect((await change("wrong", "x")).status).toBe(400);
    expect((await change(user.name, user.name)).status).toBe(400);
    const foreign = { oldPassword: "Admin", newPassword: "x" };
    expect((await user.call("POST", "/api/user/Admin", foreign)).status).toBe(403);
  });

  test("guessing it with a stolen token is limited like logging in", async () => {
    const user = await people.add(newName(), []);
    const guess = () =>
      user.call("POST", `/api/user/${user.name}`, { oldPassword: "guess", newPassword: "x" });
    for (let n = 0; n < 10; n += 1) expect((await guess()).status).toBe(400);
    const refused = await guess();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

test("lists can be asked for page by page", async () => {
  await people.add(newName(), []);
  const { body, headers } = await people.admin.call("GET", "/api/users/?limit=1&sort=name");
  expect(body).toHaveLength(1);
  expect(headers.get("link")).toContain('rel="next"');
});

test("an older user without address, number or organization of his documents is served as before", async () => {
  const { applications } = people.harness.stores;
  const id = "a".repeat(24);
  await applications.create({
    _id: id,
    applicationID: id,
    application_name: "old",
    application_namespace: "prod",
    application_desc: "",
    userId: "Admin",
    microservices: [],
    rev: 0,
  });
  const { body } = await people.admin.call("GET", `/api/applications/${people.admin.id}`);
  expect(body.map((one: { application_name: string }) => one.application_name)).toContain("old");
});
