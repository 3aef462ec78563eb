import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedMongo } from "@oak/embedded-mongo";
import { createSilentLogger } from "@oak/kit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createResourceAbstractor } from "../src/service.ts";
import { tierSecret } from "./harness.ts";

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "oak-ra-away-"));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

test("without its database the service answers 503, and works as soon as there is one", async () => {
  const socketPath = join(dataDir, "late.sock");
  const service = createResourceAbstractor({
    database: { url: `mongodb://${encodeURIComponent(socketPath)}`, name: "ra" },
    tierSecret,
    listen: { host: "127.0.0.1", port: 0 },
    logger: createSilentLogger(),
  });
  const mongo = createEmbeddedMongo({ dataDir, listen: { socketPath } });
  await service.start();
  try {
    const ask = (path: string) =>
      fetch(service.url() + path, { headers: { authorization: `Bearer ${tierSecret}` } });
    const refused = await ask("/api/v1/tier");
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: "unavailable" });
    expect((await ask("/readyz")).status).toBe(503);
    expect((await ask("/livez")).status).toBe(200);
    await mongo.start();
    await vi.waitFor(async () => expect((await ask("/api/v1/tier")).status).toBe(200), 15_000);
  } finally {
    await service.stop();
    await mongo.stop();
  }
}, 40_000);
