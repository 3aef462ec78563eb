import { MongoClient } from "mongodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startTestDatabase, type TestDatabase } from "./harness.ts";
import { type MailServerFixture, startMailServer } from "./mail-server.ts";
import { type People, startPeople } from "./people.ts";

let database: TestDatabase;
let name: string;
let people: People;
let mailServer: MailServerFixture;
let users = 0;

beforeAll(async () => {
  database = await startTestDatabase();
  mailServer = await startMailServer();
  name = database.newName();
  people = await startPeople(database, {
    database: { url: database.url, name },
    mail: {
      dashboardUrls: [
        new URL("https://oak.example.org/"),
        new URL("http://other.example.org:8080"),
      ],
    },
  });
  const settings = {
    type: "Custom",
    address: "127.0.0.1",
    port: mailServer.port,
    username: "oakestra@example.org",
    password: "mail secret",
    ssl: false,
  };
  expect((await people.admin.call("PUT", "/api/settings", settings)).status).toBe(200);
});

beforeEach(async () => {
  // Another hour: what was asked for before does not count any more.
  people.harness.clock.shiftMs += 61 * 60_000;
  await people.renewAdmin();
  mailServer.mails.splice(0);
});

afterAll(async () => {
  await people.harness.stop();
  await mailServer.stop();
  await database.stop();
});

const ask = (username: string, domain?: string) =>
  people.harness.call("POST", "/api/user/", { body: { username, domain } });
const reset = (token: string, password: string) =>
  people.harness.call("PUT", "/api/user/", { body: { token, password } });
const logsIn = async (username: string, password: string) => {
  const body = { username, password };
  return (await people.harness.call("POST", "/api/auth/login", { body })).status === 200;
};

async function newUser(): Promise<string> {
  users += 1;
  return (await people.add(`user${users}`, [])).name;
}

async function linkFor(username: string, domain?: string): Promise<URL> {
  const before = mailServer.mails.length;
  expect(await ask(username, domain)).toMatchObject({ status: 200, body: {} });
  const mail = await vi.waitFor(() => {
    const latest = mailServer.mails[before];
    if (latest === undefined) throw new Error("no mail yet");
    return latest;
  });
  expect(mail).toMatchObject({
    from: "oakestra@example.org",
    to: [`${username}@example.org`],
  });
  return new URL(/https?:\/\/\S+/.exec(mail.content)?.[0] ?? "");
}
const tokenIn = (link: URL): string => link.pathname.split("/").at(-1) ?? "";

test("a link comes by mail, sets a new password once, and ends every session", async () => {
  const username = await newUser();
  const session = await people.login(username);
  const link = await linkFor(username);
  expect(link.href).toMatch(/^https:\/\/oak\.example\.org\/resetPassword\/[\w-]{43}$/);
  expect(await reset(tokenIn(link), "brand new")).toMatchObject({ status: 200, body: {} });
  expect(await logsIn(username, "brand new")).toBe(true);
  expect(await logsIn(username, username)).toBe(false);
  expect((await session.call("GET", `/api/user/${username}`)).status).toBe(401);
  expect(await reset(tokenIn(link), "again")).toMatchObject({
    status: 400,
    body: { message: expect.stringMatching(/^Link /) },
  });
});

test("it works for an hour", async () => {
  const username = await newUser();
  const token = tokenIn(await linkFor(username));
  people.harness.clock.shiftMs += 60 * 60_000 + 1_000;
  expect((await reset(token, "brand new")).status).toBe(400);
  expect(await logsIn(username, username)).toBe(true);
});

test("of two who use a link at the same moment one succeeds", async () => {
  const token = tokenIn(await linkFor(await newUser()));
  const both = await Promise.all(["first", "second"].map((password) => reset(token, password)));
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 400]);
});

test("with it the other links of the user are void", async () => {
  const username = await newUser();
  const first = tokenIn(await linkFor(username));
  const second = tokenIn(await linkFor(username));
  expect((await reset(second, "brand new")).status).toBe(200);
  expect((await reset(first, "other")).status).toBe(400);
});

test("the database has hashes of tokens, in a collection of their own", async () => {
  const token = tokenIn(await linkFor(await newUser()));
  const client = new MongoClient(database.url);
  const stored = await client.db(name).collection("password_resets").find({}).toArray();
  const people_ = await client.db(name).collection("users").find({}).toArray();
  await client.close();
  expect(stored.length).toBeGreaterThan(0);
  expect(JSON.stringify([stored, people_])).not.toContain(token);
});

describe("the link leads", () => {
  test("to a dashboard that the operator has listed, when the caller names it", async () => {
    const link = await linkFor(await newUser(), "other.example.org:8080");
    expect(link.origin).toBe("http://other.example.org:8080");
  });

  test.each(["evil.example.com", "oak.example.org@evil.example.com", "", "oak.example.org/evil"])(
    "nowhere else, whatever domain is asked for: %s",
    async (domain) => {
      expect((await linkFor(await newUser(), domain)).origin).toBe("https://oak.example.org");
    },
  );
});

test("an unknown user gets the same answer, and nobody gets a mail", async () => {
  const [known, unknown] = [await ask(await newUser()), await ask("nobody")];
  expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
  await vi.waitFor(() => expect(mailServer.mails).toHaveLength(1));
});

test("more than three links an hour are not sent, without a word", async () => {
  const username = await newUser();
  for (let n = 0; n < 3; n += 1) await linkFor(username);
  expect((await ask(username)).status).toBe(200);
  const other = await linkFor(await newUser());
  expect(other.origin).toBe("https://oak.example.org");
  expect(mailServer.mails).toHaveLength(4);
});

test("an address that asks all the time is told to wait", async () => {
  for (let n = 0; n < 20; n += 1) expect((await ask(`nobody${n}`)).status).toBe(200);
  const refused = await ask("nobody");
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
});

test.each([{}, { username: { $ne: "" } }, { username: "" }, []])("%j is 422", async (body) => {
  expect((await people.harness.call("POST", "/api/user/", { body })).status).toBe(422);
});

describe("the settings of the mail service", () => {
  const settings = (body?: object) =>
    people.admin.call(body === undefined ? "GET" : "PUT", "/api/settings", body);

  test("never tell the password, and the database does not say it either", async () => {
    const { body } = await settings();
    expect(body).toEqual({
      type: "Custom",
      address: "127.0.0.1",
      port: mailServer.port,
      username: "oakestra@example.org",
      ssl: false,
    });
    const client = new MongoClient(database.url);
    const stored = await client.db(name).collection("settings").find({}).toArray();
    await client.close();
    expect(JSON.stringify(stored)).toContain("oakestra@example.org");
    expect(JSON.stringify(stored)).not.toContain("mail secret");
    expect(mailServer.logins.at(-1)).toContain("mail secret");
  });

  test("an absent password stays, but is not told to another server", async () => {
    const { body: before } = await settings();
    expect((await settings({ ...before, password: "" })).status).toBe(200);
    await linkFor(await newUser());
    expect(mailServer.logins.at(-1)).toContain("mail secret");
    const other = await startMailServer();
    await settings({ ...before, port: other.port });
    await ask(await newUser());
    await vi.waitFor(() => expect(other.mails.length + other.logins.length).toBeGreaterThan(0));
    expect(other.logins.join()).not.toContain("mail secret");
    await other.stop();
    await settings({ ...before, password: "mail secret" });
  });

  test("None sends nothing, and a service of one's own needs an address", async () => {
    const { body: before } = await settings();
    await settings({ ...before, type: "None" });
    expect((await ask(await newUser())).status).toBe(200);
    await settings({ ...before, password: "mail secret" });
    await linkFor(await newUser());
    expect(mailServer.mails).toHaveLength(1);
    expect((await settings({ type: "Custom" })).status).toBe(422);
  });
});
