import { decodeJwt } from "jose";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startTestDatabase, type TestDatabase } from "./harness.ts";
import { type People, startPeople } from "./people.ts";

let database: TestDatabase;
let people: People;
let harness: Harness;
let name: string;

beforeAll(async () => {
  database = await startTestDatabase();
  name = database.newName();
  people = await startPeople(database, { database: { url: database.url, name } });
  harness = people.harness;
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

interface Tokens {
  token: string;
  refresh_token: string;
}

async function begin(more: object = {}): Promise<Tokens> {
  const body = { username: "Admin", password: "Admin", ...more };
  return (await harness.call("POST", "/api/auth/login", { body })).body;
}
const refresh = (token: string, body: object = {}) =>
  harness.call("POST", "/api/auth/refresh", { token, body });
const logOut = (token: string) => harness.call("POST", "/api/auth/logout", { token });
const statusWith = async (token: string) =>
  (await harness.call("GET", "/api/clusters", { token })).status;

describe("a session that nobody asked to rotate", () => {
  test("keeps its refresh token, however often it is used", async () => {
    const { refresh_token } = await begin();
    for (let n = 0; n < 3; n += 1) {
      const { body } = await refresh(refresh_token);
      expect(Object.keys(body)).toEqual(["token"]);
      expect(await statusWith(body.token)).toBe(200);
    }
  });

  test("leaves nothing in the database, so that those who log in all the time do not fill it", async () => {
    const client = new MongoClient(database.url);
    const count = () => client.db(name).collection("sessions").countDocuments();
    const before = await count();
    const { refresh_token } = await begin();
    await refresh(refresh_token);
    expect(await count()).toBe(before);
    await logOut(refresh_token);
    expect(await count()).toBe(before + 1);
    await client.close();
  });
});

describe("rotation", () => {
  test("answers a new refresh token each time, and the newest one goes on", async () => {
    let current = (await begin()).refresh_token;
    for (let n = 0; n < 3; n += 1) {
      const { status, body } = await refresh(current, { rotate: true });
      expect(status).toBe(200);
      expect(body.refresh_token).not.toBe(current);
      current = body.refresh_token;
    }
    expect((await refresh(current)).status).toBe(200);
  });

  test("a refresh token that was replaced ends the session for everybody", async () => {
    const { refresh_token: stolen, token } = await begin();
    const { body: renewed } = await refresh(stolen, { rotate: true });
    expect(await refresh(stolen)).toMatchObject({ status: 401, body: { error: "session_ended" } });
    expect((await refresh(renewed.refresh_token)).status).toBe(401);
    expect(await statusWith(renewed.token)).toBe(401);
    expect(await statusWith(token)).toBe(401);
  });

  test("of two who use one token at the same moment at most one goes on", async () => {
    const { refresh_token } = await begin();
    const both = await Promise.all([1, 2].map(() => refresh(refresh_token, { rotate: true })));
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 401]);
  });

  test("a login that asks for it rotates at each refresh", async () => {
    const { refresh_token } = await begin({ rotate: true });
    const { body } = await refresh(refresh_token);
    expect(body.refresh_token).toEqual(expect.any(String));
    expect((await refresh(body.refresh_token)).body.refresh_token).toEqual(expect.any(String));
  });
});

describe("logging out", () => {
  test.each(["token", "refresh_token"] as const)(
    "with the %s ends that session and no other",
    async (which) => {
      const session = await begin();
      const other = await begin();
      expect((await logOut(session[which])).status).toBe(200);
      expect(await statusWith(session.token)).toBe(401);
      expect((await refresh(session.refresh_token)).status).toBe(401);
      expect(await statusWith(other.token)).toBe(200);
      expect((await logOut(session[which])).status).toBe(200);
    },
  );

  test("needs a token", async () => {
    expect((await harness.call("POST", "/api/auth/logout")).status).toBe(401);
    expect((await logOut("no.token.atall")).status).toBe(422);
  });
});

test("a changed password ends refresh tokens too", async () => {
  const user = await people.add("ada", []);
  const body = { username: "ada", password: "ada" };
  const { body: session } = await harness.call("POST", "/api/auth/login", { body });
  await user.call("POST", "/api/user/ada", { oldPassword: "ada", newPassword: "other" });
  expect((await refresh(session.refresh_token)).status).toBe(401);
});

test("roles of a refreshed token are those of the moment", async () => {
  const user = await people.add("bob", ["Admin"]);
  const body = { username: "bob", password: "bob" };
  const { body: session } = await harness.call("POST", "/api/auth/login", { body });
  await people.admin.call("PUT", `/api/user/${user.name}`, { roles: [] });
  const { body: renewed } = await refresh(session.refresh_token);
  expect(decodeJwt(renewed.token)["roles"]).toEqual([]);
});
