import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { anSla } from "../../../packages/core/test/sla-documents.ts";
import { startTestDatabase, type TestDatabase } from "./harness.ts";
import { type People, type Person, startPeople } from "./people.ts";

let database: TestDatabase;
let people: People;
let admin: Person;
let name: string;
let made = 0;

beforeAll(async () => {
  database = await startTestDatabase();
  name = database.newName();
  people = await startPeople(database, { database: { url: database.url, name } });
  admin = people.admin;
});

afterAll(async () => {
  await people.harness.stop();
  await database.stop();
});

async function tokenWith(scopes: string[], more: object = {}, person = admin) {
  made += 1;
  const answer = await person.call("POST", "/api/tokens", { name: `t${made}`, scopes, ...more });
  expect(answer.status).toBe(200);
  return answer.body as { id: string; token: string; expires_at: number | null };
}
const callWith = (token: string) => async (method: string, path: string, body?: unknown) =>
  people.harness.call(method, path, { token, ...(body === undefined ? {} : { body }) });

test("a token is shown once, and listed without itself", async () => {
  const { body } = await admin.call("POST", "/api/tokens", {
    name: "ci",
    scopes: ["read", "read"],
    expires_in_s: 60,
  });
  expect(body).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{24}$/),
    name: "ci",
    scopes: ["read"],
    created_at: expect.any(Number),
    expires_at: body.created_at + 60,
    last_used_at: null,
    token: expect.stringMatching(/^oak_[\w-]{43}$/),
  });
  const { body: list } = await admin.call("GET", "/api/tokens");
  const { token, ...shown } = body;
  expect(list).toContainEqual(shown);
  expect(JSON.stringify(list)).not.toContain(token);
});

test("the database knows a token by its hash alone", async () => {
  const { token } = await tokenWith(["read"]);
  const client = new MongoClient(database.url);
  const everything = JSON.stringify(
    await client.db(name).collection("api_tokens").find({}).toArray(),
  );
  await client.close();
  expect(everything).not.toContain(token.slice(4));
});

test("each scope opens what it says and nothing else", async () => {
  const sla = anSla();
  const read = callWith((await tokenWith(["read"])).token);
  const deploy = callWith((await tokenWith(["deploy"])).token);
  const all = callWith((await tokenWith(["admin"])).token);
  expect((await read("GET", "/api/services/")).status).toBe(200);
  expect((await read("POST", "/api/application/", sla)).status).toBe(403);
  expect((await deploy("POST", "/api/application/", sla)).status).toBe(200);
  expect((await deploy("GET", "/api/services")).status).toBe(200);
  expect((await deploy("PUT", "/api/user/Admin", { email: "a@b.c" })).status).toBe(403);
  expect((await deploy("POST", "/api/tokens", { name: "more", scopes: ["admin"] })).status).toBe(
    403,
  );
  expect((await all("PUT", "/api/user/Admin", { email: "a@b.c" })).status).toBe(200);
});

test("an owner's roles bound a token, also those that he loses later", async () => {
  const user = await people.add("ada", ["Application_Provider"]);
  const machine = callWith((await tokenWith(["admin"], {}, user)).token);
  expect((await machine("GET", "/api/users")).status).toBe(403);
  expect((await machine("GET", "/api/user/ada")).body.name).toBe("ada");
  await admin.call("PUT", "/api/user/ada", { roles: [] });
  expect((await machine("POST", "/api/application", anSla())).status).toBe(403);
});

test("a revoked, an expired and an unknown token are 401", async () => {
  const revoked = await tokenWith(["read"]);
  const expiring = await tokenWith(["read"], { expires_in_s: 100 });
  for (const { token } of [revoked, expiring]) {
    expect((await callWith(token)("GET", "/api/clusters")).status).toBe(200);
  }
  expect((await admin.call("DELETE", `/api/tokens/${revoked.id}`)).status).toBe(200);
  people.harness.clock.shiftMs += 101_000;
  for (const token of [revoked.token, expiring.token, `oak_${"x".repeat(43)}`]) {
    expect((await callWith(token)("GET", "/api/clusters")).status).toBe(401);
    expect((await callWith(token)("POST", "/api/application")).status).toBe(401);
  }
  people.harness.clock.shiftMs = 0;
});

test("a token ends with its owner, and not with his password", async () => {
  const user = await people.add("bob", []);
  const { token } = await tokenWith(["read"], {}, user);
  await user.call("POST", "/api/user/bob", { oldPassword: "bob", newPassword: "other" });
  expect((await callWith(token)("GET", "/api/clusters")).status).toBe(200);
  await admin.call("DELETE", "/api/user/bob");
  expect((await callWith(token)("GET", "/api/clusters")).status).toBe(401);
});

test("a token cannot make one that outlives it", async () => {
  const short = await tokenWith(["admin"], { expires_in_s: 60 });
  const { body } = await callWith(short.token)("POST", "/api/tokens", {
    name: "heir",
    scopes: ["admin"],
  });
  expect(body.expires_at).toBe(short.expires_at);
});

test("somebody else's token is not there", async () => {
  const eve = await people.add("eve", []);
  const { id } = await tokenWith(["read"]);
  expect((await eve.call("DELETE", `/api/tokens/${id}`)).status).toBe(404);
  expect((await eve.call("GET", "/api/tokens")).body).toEqual([]);
});

test("its use is noted, at most once a minute", async () => {
  const { id, token } = await tokenWith(["read"]);
  const lastUsed = async () => {
    const { body } = await admin.call("GET", "/api/tokens");
    return body.find((one: { id: string }) => one.id === id).last_used_at;
  };
  await callWith(token)("GET", "/api/clusters");
  await vi.waitFor(async () => expect(await lastUsed()).toEqual(expect.any(Number)));
  const first = await lastUsed();
  people.harness.clock.shiftMs += 30_000;
  await callWith(token)("GET", "/api/clusters");
  people.harness.clock.shiftMs += 31_000;
  expect(await lastUsed()).toBe(first);
  await callWith(token)("GET", "/api/clusters");
  await vi.waitFor(async () => expect(await lastUsed()).toBeGreaterThan(first));
  people.harness.clock.shiftMs = 0;
});

describe("whose a token is", () => {
  test("is told to a session, with the roles of this moment and the organization", async () => {
    const user = await people.add("mia", ["Application_Provider"], "lab");
    const { status, body } = await user.call("GET", "/api/auth/me");
    expect(status).toBe(200);
    expect(body).toEqual({
      _id: { $oid: user.id },
      name: "mia",
      email: "mia@example.org",
      created_at: expect.any(String),
      roles: ["Application_Provider"],
      organization: user.organization,
      organization_name: "lab",
      session: "user",
    });
    await admin.call("PUT", `/api/organization/${user.organization}`, {
      member: [{ user_id: user.id, roles: [] }],
    });
    expect((await user.call("GET", "/api/auth/me/")).body.roles).toEqual([]);
  });

  test("is told to an API token of any scope, with what the token is", async () => {
    const { id, token, expires_at } = await tokenWith(["read"], { expires_in_s: 600 });
    const { body } = await callWith(token)("GET", "/api/auth/me");
    expect(body).toMatchObject({ name: "Admin", organization_name: "root", session: "api_token" });
    expect(body.token).toEqual({ id, name: `t${made}`, scopes: ["read"], expires_at });
  });

  test("is told to nobody without one", async () => {
    expect((await people.harness.call("GET", "/api/auth/me")).status).toBe(401);
    expect((await callWith("nonsense")("GET", "/api/auth/me")).status).toBe(401);
  });
});

describe("a wish for a token", () => {
  test.each([
    ["no scope", { name: "x", scopes: [] }],
    ["a scope that is none", { name: "x", scopes: ["root"] }],
    ["a field that is none", { name: "x", scopes: ["read"], user_id: "0".repeat(24) }],
    ["no time at all", { name: "x", scopes: ["read"], expires_in_s: 0 }],
  ])("with %s is 422", async (_what, body) => {
    expect((await admin.call("POST", "/api/tokens", body)).status).toBe(422);
  });

  test("with a name that is taken is 409", async () => {
    const body = { name: "twice", scopes: ["read"] };
    expect((await admin.call("POST", "/api/tokens", body)).status).toBe(200);
    expect((await admin.call("POST", "/api/tokens", body)).status).toBe(409);
  });
});
