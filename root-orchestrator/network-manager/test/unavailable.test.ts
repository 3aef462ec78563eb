import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedMongo } from "@oak/embedded-mongo";
import { createHttpClient, createSilentLogger } from "@oak/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRootNetworkManager } from "../src/service.ts";
import { aJob, announce } from "./documents.ts";
import { eventually, tierSecret } from "./harness.ts";

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "oak-rnm-away-"));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

test("without database and services it answers 503; what needs the database alone works first", async () => {
  const socketPath = join(dataDir, "late.sock");
  const nobody = createHttpClient({ baseUrl: `unix:${join(dataDir, "nobody.sock")}` });
  const service = createRootNetworkManager({
    database: { url: `mongodb://${encodeURIComponent(socketPath)}`, name: "rnm" },
    tierSecret,
    abstractor: nobody,
    systemManager: nobody,
    listen: { host: "127.0.0.1", port: 0 },
    logger: createSilentLogger(),
  });
  const mongo = createEmbeddedMongo({ dataDir, listen: { socketPath } });
  await service.start();
  try {
    const ask = (method: string, path: string, body?: unknown) =>
      fetch(service.url() + path, {
        method,
        headers: {
          authorization: `Bearer ${tierSecret}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const deploy = () => ask("POST", "/api/net/service/deploy", announce(aJob()));
    expect((await deploy()).status).toBe(503);
    expect((await ask("GET", "/livez")).status).toBe(200);
    await mongo.start();
    await eventually(async () => (await deploy()).status === 200, 15_000);
    const query = await ask("GET", "/api/net/service/a.b.c.d/instances");
    expect(query.status).toBe(503);
    expect((await ask("GET", "/readyz")).status).toBe(503);
  } finally {
    await service.stop();
    nobody.close();
    await mongo.stop();
  }
}, 40_000);

test("it describes itself", async () => {
  const nobody = createHttpClient({ baseUrl: `unix:${join(dataDir, "nobody.sock")}` });
  const mongo = createEmbeddedMongo({ dataDir: join(dataDir, "described") });
  await mongo.start();
  const service = createRootNetworkManager({
    database: { url: mongo.url, name: "rnm" },
    tierSecret,
    abstractor: nobody,
    systemManager: nobody,
    listen: { host: "127.0.0.1", port: 0 },
    logger: createSilentLogger(),
  });
  await service.start();
  try {
    const document = (await (await fetch(`${service.url()}/docs/openapi.json`)).json()) as {
      paths: Record<string, unknown>;
    };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        "/api/net/cluster",
        "/api/net/service/deploy",
        "/api/net/service/ip/{service_ip}/instances",
        "/api/net/subnet",
        "/api/pubnet/service/netinfo/{service_name}",
      ]),
    );
    expect(await (await fetch(`${service.url()}/metrics`)).text()).toContain("keep-addresses");
  } finally {
    await service.stop();
    nobody.close();
    await mongo.stop();
  }
});
