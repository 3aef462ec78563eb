import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createSilentLogger } from "@oak/kit";
import { expect, test } from "vitest";
import { createSocketServer } from "./socket-server.ts";

test("whoever is answered last does not keep a server open that stops", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-socket-"));
  const socketPath = path.join(folder, "net.sock");
  const gate = new EventEmitter();
  const server = createSocketServer({
    path: socketPath,
    routes: {
      "GET /slow": async () => {
        gate.emit("asked");
        await once(gate, "open");
        return {};
      },
    },
    logger: createSilentLogger(),
  });
  const agent = new Agent({ keepAlive: true });
  try {
    await server.start();
    const asked = once(gate, "asked");
    const status = new Promise((resolve, reject) => {
      const sent = request({ socketPath, path: "/slow", agent }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode));
      });
      sent.once("error", reject).end();
    });
    await asked;
    const stopped = server.stop();
    gate.emit("open");
    expect(await status).toBe(200);
    await stopped;
  } finally {
    agent.destroy();
    await rm(folder, { recursive: true });
  }
}, 4_000); // a connection that is kept alive lives for five seconds
