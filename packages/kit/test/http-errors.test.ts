import { connect } from "node:net";
import { MongoNetworkError } from "mongodb";
import { expect, test } from "vitest";
import { z } from "zod";
import { requirePrincipal, tierSecretAuthenticator } from "../src/authenticator.ts";
import { commonErrors } from "../src/errors.ts";
import { createHttpServer } from "../src/http/server.ts";
import { createSilentLogger } from "../src/logger.ts";
import { appUnderTest } from "./app-under-test.ts";
import { createLogRecorder } from "./log-lines.ts";

const json = { "content-type": "application/json" };
const body = z.object({ name: z.string().max(3), cpu: z.number() });

async function appWithRoutes() {
  const app = await appUnderTest();
  app.post("/things", { schema: { body } }, async () => ({}));
  app.post("/old", { schema: { body }, config: { validationStatus: 400 } }, async () => ({}));
  app.get(
    "/query",
    { schema: { querystring: z.object({ wait: z.coerce.number() }) } },
    async () => ({}),
  );
  app.get("/bug", async () => {
    throw new Error("password of the database is hunter2");
  });
  app.get("/gone", async () => {
    throw commonErrors.conflict({ detail: "The name is taken", params: { name: "web" } });
  });
  app.get("/no-database", async () => {
    throw new MongoNetworkError("connect ECONNREFUSED 10.0.0.7:27017");
  });
  return app;
}

test("an error has the older fields and those of RFC 9457", async () => {
  const app = await appWithRoutes();
  const response = await app.inject({ url: "/gone?token=x", headers: { "x-request-id": "r-1" } });
  expect(response.statusCode).toBe(409);
  expect(response.headers["content-type"]).toContain("application/json");
  expect(response.json()).toEqual({
    code: 409,
    status: "Conflict",
    message: "The name is taken",
    error: "conflict",
    type: "urn:oak:error:conflict",
    title: "This clashes with what is already there",
    detail: "The name is taken",
    instance: "/gone",
    request_id: "r-1",
    params: { name: "web" },
  });
});

test("a client that asks for problem+json gets it, with the status as a number", async () => {
  const app = await appWithRoutes();
  const headers = { accept: "application/problem+json, application/json" };
  const response = await app.inject({ url: "/gone", headers });
  expect(response.headers["content-type"]).toContain("application/problem+json");
  expect(response.json()).toMatchObject({ status: 409, title: expect.any(String) });
});

test("every fault of a body is listed, with 422", async () => {
  const app = await appWithRoutes();
  const response = await app.inject({
    method: "POST",
    url: "/things",
    headers: json,
    body: '{"name":"long","cpu":"x"}',
  });
  expect(response.statusCode).toBe(422);
  expect(response.json()).toMatchObject({
    error: "invalid_input",
    message: '/name must be at most 3 characters, found "long" (and 1 more)',
    errors: [
      { pointer: "/name", found: '"long"', allowed: "at most 3 characters" },
      { pointer: "/cpu", found: '"x"', allowed: "a number" },
    ],
  });
});

test("a route may answer its faults with 400", async () => {
  const app = await appWithRoutes();
  const response = await app.inject({ method: "POST", url: "/old", headers: json, body: "{}" });
  expect(response.statusCode).toBe(400);
  expect(response.json()).toMatchObject({ code: 400, status: "Bad Request" });
  expect(response.json().errors).toHaveLength(2);
});

test("a fault outside the body says where it is", async () => {
  const app = await appWithRoutes();
  const response = await app.inject({ url: "/query?wait=soon" });
  expect(response.json().errors).toMatchObject([{ in: "query", pointer: "/wait" }]);
});

test("a body that is missing is a fault like any other", async () => {
  const app = await appWithRoutes();
  const response = await app.inject({ method: "POST", url: "/things" });
  expect(response.statusCode).toBe(422);
  expect(response.json().errors).toMatchObject([{ pointer: "", message: "is required" }]);
});

test("an unexpected error tells the client nothing but the id, and the log everything", async () => {
  const { logger, lines } = createLogRecorder();
  const app = await appUnderTest({ logger });
  app.get("/bug", async () => {
    throw new Error("hunter2");
  });
  const response = await app.inject({ url: "/bug" });
  expect(response.statusCode).toBe(500);
  expect(response.body).not.toContain("hunter2");
  const { request_id } = response.json();
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: "error",
      requestId: request_id,
      err: expect.objectContaining({ message: "hunter2" }),
    }),
  );
});

test("an answer that does not fit its schema is an error of ours", async () => {
  const app = await appUnderTest();
  app.get("/wrong", { schema: { response: { 200: z.object({ a: z.number() }) } } }, async () => {
    return { a: "secret text" as unknown as number };
  });
  const response = await app.inject({ url: "/wrong" });
  expect(response.statusCode).toBe(500);
  expect(response.body).not.toContain("secret text");
});

test("fields that are not in the schema of an answer do not leave", async () => {
  const app = await appUnderTest();
  const schema = { response: { 200: z.object({ name: z.string() }) } };
  app.get("/user", { schema }, async () => ({ name: "Admin", password: "hash" }));
  expect((await app.inject({ url: "/user" })).json()).toEqual({ name: "Admin" });
});

test("a database that is away is 503 without its address", async () => {
  const app = await appWithRoutes();
  const response = await app.inject({ url: "/no-database" });
  expect(response.statusCode).toBe(503);
  expect(response.json()).toMatchObject({ error: "unavailable" });
  expect(response.body).not.toContain("10.0.0.7");
});

test("an unknown route is 404 in the same shape", async () => {
  const app = await appWithRoutes();
  const response = await app.inject({ method: "DELETE", url: "/nothing?x=1" });
  expect(response.statusCode).toBe(404);
  expect(response.json()).toMatchObject({
    code: 404,
    status: "Not Found",
    error: "not_found",
    message: "No route DELETE /nothing",
  });
});

test("a path that cannot be decoded is 400 in the same shape", async () => {
  const app = await appWithRoutes();
  const response = await app.inject({ url: "/%E0%A4%A" });
  expect(response.statusCode).toBe(400);
  expect(response.json()).toMatchObject({ code: 400, error: "bad_request" });
});

test("a body over the limit is 413 in the same shape", async () => {
  const app = await appUnderTest({ bodyLimit: 100 });
  app.post("/things", async () => ({}));
  const response = await app.inject({
    method: "POST",
    url: "/things",
    headers: json,
    body: JSON.stringify("x".repeat(200)),
  });
  expect(response.statusCode).toBe(413);
  expect(response.json()).toMatchObject({ error: "payload_too_large" });
});

test("strangers get 401 before anything about their body, the wrong kind gets 403", async () => {
  const app = await appUnderTest();
  const tier = tierSecretAuthenticator("s3cret");
  const schema = { body };
  app.post("/tier", { schema, onRequest: requirePrincipal(tier, "tier") }, async () => ({}));
  app.get("/worker", { onRequest: requirePrincipal(tier, "worker") }, async () => ({}));
  app.get("/any", { onRequest: requirePrincipal(tier) }, async ({ principal }) => ({ principal }));

  const stranger = await app.inject({ method: "POST", url: "/tier", headers: json, body: "{}" });
  expect(stranger.statusCode).toBe(401);
  expect(stranger.headers["www-authenticate"]).toBe("Bearer");
  const headers = { authorization: "Bearer s3cret" };
  expect((await app.inject({ url: "/worker", headers })).statusCode).toBe(403);
  expect((await app.inject({ url: "/any", headers })).json()).toEqual({
    principal: { kind: "tier" },
  });
});

test("what is no HTTP gets the same shape on the socket", async () => {
  const app = await appUnderTest();
  const logger = createSilentLogger();
  const server = createHttpServer({ app, logger, address: { host: "127.0.0.1", port: 0 } });
  await server.start();
  const socket = connect(Number(new URL(server.url()).port), "127.0.0.1");
  socket.end("NONSENSE\r\n\r\n");
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error: "bad_request" });
});
