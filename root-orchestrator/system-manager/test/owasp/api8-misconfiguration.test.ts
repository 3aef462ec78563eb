import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "../harness.ts";
import { connectRaw, requestHead } from "./raw-client.ts";

/* OWASP API8:2023, security misconfiguration. */

let database: TestDatabase;
let harness: Harness;
let token: string;

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startHarness(database);
  token = await harness.login();
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

const paths = ["/api/applications", "/api/none", "/livez", "/docs/openapi.json", "/api/docs"];

test.each(paths)(
  "%s tells nothing of what it is made of, and is no page by accident",
  async (path) => {
    const { headers } = await harness.call("GET", path, { token });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    for (const header of ["server", "x-powered-by", "via"]) expect(headers.get(header)).toBeNull();
  },
);

describe("other web pages", () => {
  test("may call, but never with what a browser would add by itself", async () => {
    const { headers } = await harness.call("GET", "/api/applications", {
      token,
      headers: { origin: "https://other.example" },
    });
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    expect(headers.get("set-cookie")).toBeNull();
  });

  test("are told so when they ask before", async () => {
    const { status, headers } = await harness.call("OPTIONS", "/api/service/1/instance", {
      headers: {
        origin: "https://other.example",
        "access-control-request-method": "DELETE",
        "access-control-request-headers": "authorization,content-type",
      },
    });
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    expect(headers.get("access-control-allow-headers")).toBe("authorization,content-type");
  });

  test("may not frame or feed the page of the documentation", async () => {
    const { headers } = await harness.call("GET", "/api/docs");
    expect(headers.get("content-security-policy")).toContain("default-src 'self'");
  });
});

test("no token travels in a cookie or an address", async () => {
  for (const call of [
    { headers: { cookie: `token=${token}; api_token=${token}` } },
    { headers: { "x-auth-token": token } },
  ]) {
    expect((await harness.call("GET", "/api/applications", call)).status).toBe(401);
  }
  const inAddress = `/api/applications?token=${token}&access_token=${token}&jwt=${token}`;
  expect((await harness.call("GET", inAddress)).status).toBe(401);
});

const broken: [string, string, string | undefined][] = [
  ["POST", "/api/application", "{"],
  ["POST", "/api/application", '{"__proto__":{}}'],
  ["POST", "/api/auth/login", '{"username":{"$gt":""}}'],
  ["GET", "/api/service/%E0%A4%A", undefined],
  ["GET", "/api/services?limit=x", undefined],
  ["PUT", "/api/service/none", "[]"],
];

test.each(broken)(
  "%s %s: an error says what is wrong, and nothing of the code",
  async (method, path, raw) => {
    const { status, body } = await harness.call(method, path, {
      token,
      ...(raw === undefined ? {} : { raw }),
    });
    expect([status >= 400 && status < 500, body.code]).toEqual([true, status]);
    expect(JSON.stringify(body)).not.toMatch(
      / at .+:\d+|node_modules|\.ts\b|\.js\b|fastify|FST_|zod|mongo/i,
    );
  },
);

test.each(["TRACE", "CONNECT", "PROPFIND", "DEBUG"])(
  "the method %s does nothing",
  async (method) => {
    const client = await connectRaw(harness.manager.url());
    client.write(
      requestHead(method, "/api/applications", {
        authorization: `Bearer ${token}`,
        connection: "close",
      }),
    );
    const answer = await client.answer();
    client.socket.destroy();
    expect(answer).not.toContain("HTTP/1.1 200");
    expect(answer).not.toContain(token);
  },
);

test("a wrong method of a path that exists is no success", async () => {
  for (const [method, path] of [
    ["PATCH", "/api/applications"],
    ["DELETE", "/api/applications"],
    ["POST", "/api/clusters"],
    ["DELETE", "/api/application/"],
  ] as const) {
    const { status } = await harness.call(method, path, { token });
    expect([path, status]).toEqual([path, 404]);
  }
});

test("on a network it does not start with the password that everybody knows", async () => {
  const listen = { host: "0.0.0.0", port: 0 };
  await expect(startHarness(database, { adminPassword: undefined, listen })).rejects.toThrow(
    /ADMIN_PASSWORD/,
  );
});

test("metrics and health tell figures, and no names of users or services", async () => {
  const { body } = await harness.call("GET", "/metrics");
  expect(String(body)).not.toMatch(/Admin|Bearer|eyJ/);
  expect((await harness.call("GET", "/livez")).body).toEqual({
    status: "alive",
    service: "system-manager",
    version: expect.any(String),
  });
});
