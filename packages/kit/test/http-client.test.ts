import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { commonErrors } from "../src/errors.ts";
import { createHttpClient, type HttpClientOptions, pathOf } from "../src/http/client.ts";
import { HttpError, UnexpectedAnswerError, UnreachableError } from "../src/http/client-errors.ts";
import type { ListenAddress } from "../src/http/listen.ts";
import { createHttpServer } from "../src/http/server.ts";
import { createSilentLogger } from "../src/logger.ts";
import { appUnderTest } from "./app-under-test.ts";
import { eventually } from "./eventually.ts";

async function clientOfServer(
  options: Partial<HttpClientOptions> = {},
  address: ListenAddress = { host: "127.0.0.1", port: 0 },
) {
  const app = await appUnderTest();
  let sockets = 0;
  app.server.on("connection", () => {
    sockets += 1;
  });
  app.all("/echo/:id", async ({ method, params, query, body, headers }) => {
    const { authorization } = headers;
    return { method, params, query, body: body ?? null, authorization: authorization ?? null };
  });
  app.get("/taken", async () => {
    throw commonErrors.conflict("The name is taken");
  });
  app.get("/nothing", async (_request, reply) => reply.code(204).send());
  app.get("/silent", (_request, reply) => reply);
  let closedEarly = 0;
  app.get("/slow", (_request, reply) => {
    reply.hijack();
    reply.raw.once("close", () => {
      closedEarly += 1;
    });
    reply.raw.writeHead(200, { "content-type": "application/json" }).write('{"half": ');
  });
  const server = createHttpServer({ app, logger: createSilentLogger(), address });
  await server.start();
  const client = createHttpClient({ baseUrl: server.url(), ...options });
  onTestFinished(() => client.close());
  return { client, url: server.url(), sockets: () => sockets, closedEarly: () => closedEarly };
}

test("a request carries method, path, query, body and headers", async () => {
  const { client } = await clientOfServer({ headers: { authorization: "Bearer a" } });
  const answer = await client.request({
    method: "PUT",
    path: pathOf("echo", "a/b ü"),
    query: { since: 3, wait: undefined, all: true },
    body: { x: 1 },
  });
  expect(answer).toEqual({
    method: "PUT",
    params: { id: "a/b ü" },
    query: { since: "3", all: "true" },
    body: { x: 1 },
    authorization: "Bearer a",
  });
});

test("headers may change from request to request", async () => {
  let count = 0;
  const headers = () => {
    count += 1;
    return { authorization: `Bearer ${count}` };
  };
  const { client } = await clientOfServer({ headers });
  await client.request({ path: "/echo/1" });
  expect(await client.request({ path: "/echo/1" })).toMatchObject({ authorization: "Bearer 2" });
});

test("the connection is kept", async () => {
  const { client, sockets } = await clientOfServer();
  for (let count = 0; count < 5; count += 1) await client.request({ path: "/echo/1" });
  expect(sockets()).toBe(1);
});

test("an answer is parsed by its schema", async () => {
  const { client } = await clientOfServer();
  const answer = await client.request({
    path: "/echo/7",
    schema: z.object({ params: z.object({ id: z.coerce.number() }) }),
  });
  expect(answer).toEqual({ params: { id: 7 } });
});

test("an answer that does not fit its schema is unexpected", async () => {
  const { client } = await clientOfServer();
  const request = client.request({ path: "/echo/7", schema: z.object({ missing: z.string() }) });
  await expect(request).rejects.toBeInstanceOf(UnexpectedAnswerError);
});

test("an empty answer is undefined", async () => {
  const { client } = await clientOfServer();
  expect(await client.request({ path: "/nothing" })).toBeUndefined();
});

test("no success is an HttpError with status, body and code", async () => {
  const { client } = await clientOfServer();
  const error = await client.request({ path: "/taken" }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(HttpError);
  expect(error).toMatchObject({
    status: 409,
    code: "conflict",
    body: { status: "Conflict" },
    message: "GET /taken answered 409: The name is taken",
  });
});

test("nobody listening is an UnreachableError", async () => {
  const listener = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => listener.once("listening", resolve));
  const { port } = listener.address() as { port: number };
  await new Promise((resolve) => listener.close(resolve));
  const client = createHttpClient({ baseUrl: `http://127.0.0.1:${port}` });
  const error = await client.request({ path: "/" }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UnreachableError);
  expect(error).toMatchObject({ isTimeout: false, cause: { code: "ECONNREFUSED" } });
});

test("no answer in time is an UnreachableError that says so", async () => {
  const { client } = await clientOfServer();
  const request = client.request({ path: "/silent", timeoutMs: 50 });
  await expect(request).rejects.toMatchObject({ name: "UnreachableError", isTimeout: true });
});

test("an answer that stops half way is not waited for longer, and its connection is given up", async () => {
  const { client, closedEarly } = await clientOfServer();
  const request = client.request({ path: "/slow", timeoutMs: 50 });
  await expect(request).rejects.toMatchObject({ name: "UnreachableError", isTimeout: true });
  await eventually(() => closedEarly() === 1);
  expect(await client.request({ path: "/echo/1" })).toMatchObject({ method: "GET" });
});

test("a request that waits for its answer ends with its signal", async () => {
  const { client, sockets } = await clientOfServer();
  const controller = new AbortController();
  const request = client.request({ path: "/silent", signal: controller.signal });
  const ending = expect(request).rejects.toThrow("stopping");
  await eventually(() => sockets() === 1);
  controller.abort(new Error("stopping"));
  await ending;
});

test("an aborted request rejects with the reason of its signal", async () => {
  const { client } = await clientOfServer();
  const controller = new AbortController();
  const request = client.request({ path: "/silent", signal: controller.signal });
  controller.abort(new Error("stopping"));
  await expect(request).rejects.toThrow("stopping");
  await expect(client.request({ path: "/echo/1", signal: controller.signal })).rejects.toThrow(
    "stopping",
  );
});

test("a path in the base URL stands before each path", async () => {
  const { url } = await clientOfServer();
  const client = createHttpClient({ baseUrl: `${url}/echo/` });
  onTestFinished(() => client.close());
  expect(await client.request({ path: "/9" })).toMatchObject({ params: { id: "9" } });
});

test("a server on a unix socket is reached, and only by its owner", async () => {
  const folder = await mkdtemp(join(tmpdir(), "oak-kit-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "api.sock");
  const { client, url } = await clientOfServer({}, { path });
  expect(url).toBe(`unix:${path}`);
  expect(await client.request({ path: "/echo/1" })).toMatchObject({ method: "GET" });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a given fetch is used in place of sockets", async () => {
  const calls: unknown[] = [];
  const fetch = async (url: unknown, init?: RequestInit) => {
    calls.push([url, init?.method, init?.body]);
    return Response.json({ ok: true });
  };
  const client = createHttpClient({
    baseUrl: "http://peer/api/",
    fetch: fetch as typeof globalThis.fetch,
  });
  expect(await client.request({ method: "POST", path: "/x", body: [1] })).toEqual({ ok: true });
  expect(calls).toEqual([["http://peer/api/x", "POST", "[1]"]]);
});
