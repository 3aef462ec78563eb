import { generateKeyPairSync } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, importSPKI, jwtVerify, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";

let database: TestDatabase;
let harness: Harness;
const credentials = { username: "Admin", password: "Admin" };

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startHarness(database);
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

const login = (body: unknown) => harness.call("POST", "/api/auth/login", { body });

describe("logging in", () => {
  test("answers two tokens with the claims that clients decode", async () => {
    const { status, body } = await login(credentials);
    expect(status).toBe(200);
    const { body: key } = await harness.call("GET", "/key");
    const { payload } = await jwtVerify(body.token, await importSPKI(key.public_key, "RS256"));
    expect(decodeProtectedHeader(body.token)).toEqual({ alg: "RS256", typ: "JWT" });
    expect(payload).toEqual({
      sub: "Admin",
      user: "Admin",
      roles: ["Admin", "Organization_Admin", "Application_Provider", "Infrastructure_Provider"],
      organization: expect.stringMatching(/^[0-9a-f]{24}$/),
      type: "access",
      uid: expect.stringMatching(/^[0-9a-f]{24}$/),
      gen: 0,
      sid: expect.any(String),
      fresh: false,
      iat: expect.any(Number),
      nbf: payload.iat,
      exp: (payload.iat ?? 0) + 600,
      jti: expect.any(String),
    });
    const refresh = decodeJwt(body.refresh_token);
    expect(refresh["type"]).toBe("refresh");
    expect((refresh.exp ?? 0) - (refresh.iat ?? 0)).toBe(7 * 24 * 3600);
  });

  test("takes the organization in both spellings", async () => {
    expect((await login({ ...credentials, organization_name: "root" })).status).toBe(200);
    expect((await login({ ...credentials, organization: "root" })).status).toBe(200);
  });

  test("answers 404 for an unknown organization", async () => {
    expect((await login({ ...credentials, organization_name: "nobody" })).status).toBe(404);
  });

  test("answers the same 401 for a wrong password and for an unknown user", async () => {
    const wrong = await login({ ...credentials, password: "no" });
    const unknown = await login({ username: "nobody", password: "no" });
    for (const answer of [wrong, unknown]) {
      expect(answer).toMatchObject({
        status: 401,
        body: {
          code: 401,
          status: "Unauthorized",
          message: "User name or password is wrong",
          msg: "User name or password is wrong",
          error: "login_failed",
        },
      });
    }
  });

  test.each([null, {}, [], "Admin", { username: "Admin" }, { username: 1, password: 2 }])(
    "answers 422 with pointers for the body %j",
    async (body) => {
      const answer = await login(body);
      expect(answer.status).toBe(422);
      expect(answer.body.errors.length).toBeGreaterThan(0);
    },
  );

  test("answers 400 for what is no JSON", async () => {
    const answer = await harness.call("POST", "/api/auth/login", { raw: "{username" });
    expect(answer.status).toBe(400);
  });
});

describe("routes of the older family", () => {
  const call = (token?: string) =>
    harness.call("POST", "/api/application/", { ...(token && { token }) });

  test("answer 401 with msg without a token", async () => {
    expect(await call()).toMatchObject({ status: 401, body: { msg: expect.any(String) } });
  });

  test("answer 401 with msg for an expired token", async () => {
    const token = await harness.login();
    harness.clock.shiftMs += 11 * 60_000;
    const answer = await call(token);
    harness.clock.shiftMs = 0;
    expect(answer).toMatchObject({ status: 401, body: { msg: "Token has expired" } });
  });

  test("answer 422 with msg for a broken token", async () => {
    expect(await call("no.token.atall")).toMatchObject({
      status: 422,
      body: { msg: expect.any(String) },
    });
  });

  test("answer 422 for a refresh token", async () => {
    const { body } = await login(credentials);
    expect((await call(body.refresh_token)).status).toBe(422);
  });

  test("answer 422 for a token that somebody else signed", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const claims = decodeJwt(await harness.login());
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: "RS256" }).sign(privateKey);
    expect((await call(forged)).status).toBe(422);
  });

  test("answer 422 for a token that is signed with the public key as a shared secret", async () => {
    const { body: key } = await harness.call("GET", "/key");
    const claims = decodeJwt(await harness.login());
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(key.public_key));
    expect((await call(forged)).status).toBe(422);
  });
});

describe("routes of the newer family", () => {
  test.each([undefined, "no.token.atall"])(
    "answer 401 with message for the token %s",
    async (token) => {
      const answer = await harness.call("GET", "/api/services/", { ...(token && { token }) });
      expect(answer).toMatchObject({ status: 401, body: { message: expect.any(String) } });
    },
  );
});

describe("refreshing", () => {
  const refresh = (token: string) => harness.call("POST", "/api/auth/refresh", { token, body: {} });

  test("answers a new access token", async () => {
    const { body } = await login(credentials);
    const answer = await refresh(body.refresh_token);
    expect(answer.status).toBe(200);
    const user = await harness.call("GET", "/api/user/Admin", { token: answer.body.token });
    expect(user.status).toBe(200);
  });

  test("answers 422 for an access token", async () => {
    expect((await refresh(await harness.login())).status).toBe(422);
  });

  test("answers 401 after seven days", async () => {
    const { body } = await login(credentials);
    harness.clock.shiftMs += 7 * 24 * 3_600_000 + 1000;
    const answer = await refresh(body.refresh_token);
    harness.clock.shiftMs = 0;
    expect(answer.status).toBe(401);
  });
});

describe("what the dashboard asks for at its start", () => {
  test("the own account, without the hash of its password", async () => {
    const { body } = await harness.call("GET", "/api/user/Admin/", {
      token: await harness.login(),
    });
    expect(body).toEqual({
      _id: { $oid: expect.stringMatching(/^[0-9a-f]{24}$/) },
      name: "Admin",
      email: "",
      created_at: expect.stringMatching(/^\d\d\/\d\d\/\d{4} \d\d:\d\d$/),
      roles: expect.arrayContaining(["Admin"]),
    });
  });

  test("somebody else's account is 403", async () => {
    const answer = await harness.call("GET", "/api/user/Eve", { token: await harness.login() });
    expect(answer).toMatchObject({
      status: 403,
      body: { message: "You have not enough permissions!" },
    });
  });

  test("the own roles", async () => {
    const { body } = await harness.call("GET", "/api/permission/Admin", {
      token: await harness.login(),
    });
    expect(body.roles).toContain("Infrastructure_Provider");
  });

  test("the organizations", async () => {
    const token = await harness.login();
    const { body: user } = await harness.call("GET", "/api/user/Admin", { token });
    const { body } = await harness.call("GET", "/api/organization/", { token });
    expect(body).toEqual([
      {
        _id: { $oid: decodeJwt(token)["organization"] },
        name: "root",
        member: [{ user_id: user._id.$oid, roles: user.roles }],
      },
    ]);
  });
});
