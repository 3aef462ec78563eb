import { createHmac, generateKeyPairSync } from "node:crypto";
import { decodeJwt, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestDatabase, type TestDatabase } from "../harness.ts";
import { type People, startPeople } from "../people.ts";
import { filledIn, type Route, routeTable } from "./route-table.ts";

/*
 * OWASP API2:2023, broken authentication: what is no token of ours opens nothing, and thousands who try cost bounded
 * time and memory.
 */

let database: TestDatabase;
let people: People;
let routes: Route[];

beforeAll(async () => {
  routes = await routeTable();
  database = await startTestDatabase();
  people = await startPeople(database);
});

afterAll(async () => {
  await people.harness.stop();
  await database.stop();
});

/** Clusters join with a secret in the body, which has tests of its own. */
const closed = () =>
  routes.filter(({ isOpen, name }) => !isOpen && name !== "POST /api/cluster/register");
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const stolen = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** Tokens that are none, by what is wrong with them; all claim to be the Admin's, for years. */
async function forgeries(): Promise<Record<string, string>> {
  const { token } = people.admin;
  const claims = { ...decodeJwt(token), exp: 4_000_000_000 };
  const [header = "", payload = "", signature = ""] = token.split(".");
  const { body: key } = await people.harness.call("GET", "/key");
  const hmac = (head: object, secret: string) => {
    const signed = `${part(head)}.${part(claims)}`;
    return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  };
  const signedBySomebody = (head: object) =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", ...head }).sign(stolen.privateKey);
  const jwk = stolen.publicKey.export({ format: "jwk" });
  return {
    "alg none": `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.`,
    "alg None with a signature": `${part({ alg: "None" })}.${part(claims)}.${signature}`,
    "no signature": `${header}.${payload}.`,
    "other claims under a good signature": `${header}.${part(claims)}.${signature}`,
    "the public key as a shared secret": hmac({ alg: "HS256", typ: "JWT" }, key.public_key),
    "an empty shared secret": hmac({ alg: "HS256" }, ""),
    "a kid that leads to an empty file": hmac({ alg: "HS256", kid: "../../../dev/null" }, ""),
    "a kid that is a query": hmac({ alg: "HS256", kid: "x' UNION SELECT 'k" }, "k"),
    "somebody's key": await signedBySomebody({}),
    "somebody's key in the header": await signedBySomebody({ jwk }),
    "somebody's key by address": await signedBySomebody({ jku: "http://127.0.0.1:1/jwks.json" }),
    "a header that must be understood": await signedBySomebody({
      kid: "rs256",
      x5u: "http://127.0.0.1:1/",
    }),
    "two parts": `${header}.${payload}`,
    "a very long one": `${header}.${"A".repeat(10_000)}.${signature}`,
    "an API token that nobody made": `oak_${"A".repeat(43)}`,
    "an API token with an operator": 'oak_{"$ne":null}',
  };
}

test("without a token every route but the listed ones is closed", async () => {
  const open = routes.filter(({ isOpen }) => isOpen).map(({ name }) => name);
  expect(open).toEqual(
    expect.arrayContaining(["POST /api/auth/login", "POST /api/user", "PUT /api/user", "GET /key"]),
  );
  expect(open.length).toBeLessThanOrEqual(6);
  for (const route of closed()) {
    const { status } = await people.harness.call(route.method, filledIn(route, {}));
    expect([route.name, status]).toEqual([route.name, 401]);
  }
});

test("no forged token opens any route", async () => {
  const forged = Object.entries(await forgeries());
  for (const [index, route] of closed().entries()) {
    // Each route meets some, and each forgery meets many routes.
    for (const [name, token] of forged.filter((_one, n) => (n + index) % 4 === 0)) {
      const { status } = await people.harness.call(route.method, filledIn(route, {}), { token });
      expect([name, route.name, [401, 422].includes(status)]).toEqual([name, route.name, true]);
    }
  }
});

test("each forged token is refused in both ways of refusing", async () => {
  for (const [name, token] of Object.entries(await forgeries())) {
    const [older, newer] = await Promise.all(
      ["/api/applications", "/api/services"].map((path) =>
        people.harness.call("GET", path, { token }),
      ),
    );
    expect([name, older?.status]).toEqual([name, expect.toSatisfy((s) => s === 401 || s === 422)]);
    expect([name, newer?.status]).toEqual([name, 401]);
  }
});

test("an expired token is 401 everywhere, and a refresh token opens nothing", async () => {
  const body = { username: "Admin", password: "Admin" };
  const { body: tokens } = await people.harness.call("POST", "/api/auth/login", { body });
  for (const path of ["/api/applications", "/api/services"]) {
    const { status } = await people.harness.call("GET", path, { token: tokens.refresh_token });
    expect([401, 422]).toContain(status);
  }
  people.harness.clock.shiftMs += 10 * 60_000 + 1_000;
  for (const path of ["/api/applications", "/api/services"]) {
    expect((await people.harness.call("GET", path, { token: tokens.token })).status).toBe(401);
  }
  people.harness.clock.shiftMs = 0;
});

describe("thousands of logins", () => {
  test("with right passwords are never refused for their number", async () => {
    await people.add("script", ["Application_Provider"]);
    const body = { username: "script", password: "script" };
    for (let n = 0; n < 20; n += 1) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => people.harness.call("POST", "/api/auth/login", { body })),
      );
      expect(answers.every(({ status }) => status === 200)).toBe(true);
    }
  });

  test("with wrong passwords are refused in bounded time and memory, and an honest one is served", async () => {
    const body = { username: "Admin", password: "Admin" };
    const honest = () => people.harness.call("POST", "/api/auth/login", { body });
    expect((await honest()).status).toBe(200);
    const before = process.memoryUsage().rss;
    const begun = performance.now();
    const statuses = new Map<number, number>();
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          people.harness.call("POST", "/api/auth/login", {
            body: { username: n % 2 === 0 ? "Admin" : `nobody${round}-${n}`, password: "guess" },
          }),
        ),
      );
      for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()].every((status) => [401, 429, 503].includes(status))).toBe(true);
    expect(statuses.get(401)).toBeLessThan(100);
    expect(performance.now() - begun).toBeLessThan(30_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    // From here the account was used before, but here it was guessed as well: a minute later all is well.
    people.harness.clock.shiftMs += 61_000;
    expect((await honest()).status).toBe(200);
    people.harness.clock.shiftMs = 0;
  });
});
