import { expect, test } from "vitest";
import { commonErrors } from "../src/errors.ts";
import { createHttpClient } from "../src/http/client.ts";
import { createHttpServer } from "../src/http/server.ts";
import { createSilentLogger } from "../src/logger.ts";
import { createMetrics } from "../src/metrics.ts";
import { VERSION } from "../src/version.ts";
import { appUnderTest } from "./app-under-test.ts";
import { eventually } from "./eventually.ts";

async function appWithEcho() {
  const app = await appUnderTest();
  app.post("/echo/", async (request) => ({ body: request.body ?? "(none)" }));
  return app;
}

test("a POST without body and without content type is accepted", async () => {
  const app = await appWithEcho();
  const response = await app.inject({ method: "POST", url: "/echo/" });
  expect(response.json()).toEqual({ body: "(none)" });
});

test("an empty body is accepted whatever the content type says", async () => {
  const app = await appWithEcho();
  for (const type of ["application/json", "application/x-www-form-urlencoded", "text/plain"]) {
    const headers = { "content-type": type, "content-length": "0" };
    const response = await app.inject({ method: "POST", url: "/echo", headers });
    expect(response.json()).toEqual({ body: "(none)" });
  }
});

test("a body without a content type is read as JSON", async () => {
  const app = await appWithEcho();
  const response = await app.inject({ method: "POST", url: "/echo", body: '{"a":1}' });
  expect(response.json()).toEqual({ body: { a: 1 } });
});

test("JSON is read under its derived media types and with parameters", async () => {
  const app = await appWithEcho();
  for (const type of ["application/json; charset=utf-8", "application/merge-patch+json"]) {
    const headers = { "content-type": type };
    const response = await app.inject({ method: "POST", url: "/echo", headers, body: "[1]" });
    expect(response.json()).toEqual({ body: [1] });
  }
});

test("another media type is 415 and says what to send", async () => {
  const app = await appWithEcho();
  const headers = { "content-type": "text/xml" };
  const response = await app.inject({ method: "POST", url: "/echo", headers, body: "<a/>" });
  expect(response.statusCode).toBe(415);
  expect(response.json().message).toBe("Send application/json, not text/xml");
});

test.each([
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{"a":1}}}',
  "[".repeat(40) + "]".repeat(40),
])("the body %s is refused with 400", async (body) => {
  const app = await appWithEcho();
  const headers = { "content-type": "application/json" };
  const response = await app.inject({ method: "POST", url: "/echo", headers, body });
  expect(response.statusCode).toBe(400);
  expect(response.json().errors).toHaveLength(1);
});

test("what is not JSON is 400", async () => {
  const app = await appWithEcho();
  const headers = { "content-type": "application/json" };
  const response = await app.inject({ method: "POST", url: "/echo", headers, body: "{" });
  expect(response.statusCode).toBe(400);
  expect(response.json()).toMatchObject({ error: "malformed_body" });
});

test("paths answer with and without the final slash", async () => {
  const app = await appWithEcho();
  expect((await app.inject({ method: "POST", url: "/echo" })).statusCode).toBe(200);
  expect((await app.inject({ method: "POST", url: "/echo/" })).statusCode).toBe(200);
});

test("a request keeps a harmless id of its caller and gets a new one for anything else", async () => {
  const app = await appWithEcho();
  const idFor = async (id: string) => {
    const headers = { "x-request-id": id };
    return (await app.inject({ method: "POST", url: "/echo", headers })).headers["x-request-id"];
  };
  expect(await idFor("abc-1")).toBe("abc-1");
  expect(await idFor("a b\u0007")).toMatch(/^[0-9a-f-]{36}$/);
});

test("a preflight from any origin is answered", async () => {
  const app = await appWithEcho();
  const response = await app.inject({
    method: "OPTIONS",
    url: "/echo",
    headers: {
      origin: "http://dashboard.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });
  expect(response.statusCode).toBe(204);
  expect(response.headers["access-control-allow-origin"]).toBe("*");
  expect(response.headers["access-control-allow-headers"]).toContain("authorization");
});

test("an error can be read from another origin as well", async () => {
  const app = await appWithEcho();
  const response = await app.inject({ url: "/nothing", headers: { origin: "http://a.example" } });
  expect(response.headers["access-control-allow-origin"]).toBe("*");
});

test("without CORS no header says otherwise", async () => {
  const app = await appUnderTest({ cors: false });
  const response = await app.inject({ url: "/livez", headers: { origin: "http://a.example" } });
  expect(response.headers["access-control-allow-origin"]).toBeUndefined();
});

test("/livez answers whatever the state, /readyz lists what fails and why", async () => {
  const readiness = {
    database: async () => {
      throw commonErrors.unavailable("The database is not reachable");
    },
    broker: async () => undefined,
  };
  const app = await appUnderTest({ readiness });
  expect((await app.inject({ url: "/livez" })).statusCode).toBe(200);
  const response = await app.inject({ url: "/readyz" });
  expect(response.statusCode).toBe(503);
  expect(response.json()).toEqual({
    status: "not ready",
    checks: {
      database: { ok: false, reason: "The database is not reachable" },
      broker: { ok: true },
    },
  });
});

test("/livez says which service of which version listens there", async () => {
  const app = await appUnderTest();
  const body = (await app.inject({ url: "/livez" })).json();
  expect(body).toEqual({ status: "alive", service: expect.any(String), version: VERSION });
});

test("/readyz is 200 when every check passes", async () => {
  const app = await appUnderTest({ readiness: { database: async () => undefined } });
  const response = await app.inject({ url: "/readyz" });
  expect(response.statusCode).toBe(200);
  expect(response.json()).toMatchObject({ status: "ready" });
});

test("/metrics counts requests by the pattern of their route", async () => {
  const metrics = createMetrics({ service: "test" });
  const app = await appUnderTest({ metrics });
  app.get("/things/:id", async () => ({}));
  await app.inject({ url: "/things/1" });
  await app.inject({ url: "/things/2" });
  await app.inject({ url: "/secret-path" });
  const { body } = await app.inject({ url: "/metrics" });
  expect(body).toContain('method="GET",route="/things/:id",status="200"} 2');
  expect(body).not.toContain("secret-path");
});

test("closing ends a long poll and leaves no connection", async () => {
  const app = await appUnderTest();
  let isPolling = false;
  app.get("/poll", (_request, reply) => {
    isPolling = true;
    app.closing.addEventListener("abort", () => {
      reply.send({ changes: [] });
    });
    return reply;
  });
  const logger = createSilentLogger();
  const server = createHttpServer({ app, logger, address: { host: "127.0.0.1", port: 0 } });
  await server.start();
  const client = createHttpClient({ baseUrl: server.url() });
  const polling = client.request({ path: "/poll" });
  await eventually(() => isPolling);
  await server.stop();
  expect(await polling).toEqual({ changes: [] });
  client.close();
});
