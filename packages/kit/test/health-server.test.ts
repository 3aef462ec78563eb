import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createHttpClient } from "../src/http/client.ts";
import { createHealthServer } from "../src/http/health-server.ts";
import { createMetrics } from "../src/metrics.ts";

const metrics = createMetrics({ service: "agent" });

async function serverWith(readiness: Parameters<typeof createHealthServer>[0]["readiness"]) {
  const address = { host: "127.0.0.1", port: 0 };
  const server = createHealthServer({ readiness, metrics, address });
  await server.start();
  const client = createHttpClient({ baseUrl: `http://127.0.0.1:${server.port}` });
  onTestFinished(async () => {
    client.close();
    await server.stop();
  });
  return client;
}

test("an agent answers for its life, its readiness and its metrics", async () => {
  const client = await serverWith({ runtime: async () => undefined });
  expect(await client.request({ path: "/livez" })).toMatchObject({ status: "alive" });
  expect(await client.request({ path: "/readyz" })).toMatchObject({ status: "ready" });
  metrics.gauge({ name: "copies", help: "Copies" }).set(3);
  expect(await client.request({ path: "/metrics" })).toContain("oak_copies");
});

test("an agent that is not ready says why", async () => {
  const client = await serverWith({
    runtime: async () => {
      throw new Error("no Docker");
    },
  });
  await expect(client.request({ path: "/readyz" })).rejects.toMatchObject({
    status: 503,
    body: { checks: { runtime: { ok: false, reason: "no Docker" } } },
  });
});

test("anything else is 404", async () => {
  const client = await serverWith({});
  await expect(client.request({ path: "/" })).rejects.toMatchObject({ status: 404 });
});

test("a unix socket is replaced when stale and gone after the stop", async () => {
  const folder = await mkdtemp(join(tmpdir(), "oak-kit-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "health.sock");
  const server = createHealthServer({ readiness: {}, metrics, address: { path } });
  await server.start();
  const client = createHttpClient({ baseUrl: `unix:${path}` });
  expect(await client.request({ path: "/livez" })).toMatchObject({ status: "alive" });
  client.close();
  await server.stop();
  await expect(access(path)).rejects.toThrow();
});
