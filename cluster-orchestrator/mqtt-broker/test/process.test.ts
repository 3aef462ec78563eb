import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHttpClient } from "@oak/kit";
import { expect, onTestFinished, test } from "vitest";
import { startBroker, until } from "./broker.ts";

const mainFile = fileURLToPath(new URL("../dist/main.js", import.meta.url));

function run(env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, [mainFile], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (data) => {
      output += data;
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, exited, output: () => output };
}

test("the process answers health checks and stops on SIGTERM", async () => {
  const directory = await mkdtemp(join(tmpdir(), "oak-broker-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const socket = join(directory, "health.sock");
  const { child, exited, output } = run({
    OAK_TIER_SECRET: "a-secret-of-this-tier",
    MQTT_BROKER_PORT: "0",
    OAK_HEALTH_SOCKET: socket,
  });
  const client = createHttpClient({ baseUrl: `unix:${socket}` });
  const isReady = () =>
    client.request({ path: "/readyz" }).then(
      () => true,
      () => false,
    );
  await until(isReady, 15_000);
  expect(await client.request({ path: "/metrics" })).toContain("oak_mqtt_clients");
  client.close();
  child.kill("SIGTERM");
  expect(await exited).toBe(0);
  expect(output()).toContain("mqtt broker listens");
});

test("a wrong environment ends the process with all its faults", async () => {
  const { exited, output } = run({ MQTT_BROKER_PORT: "none", OAK_HOTS: "x" });
  expect(await exited).toBe(2);
  for (const name of ["MQTT_BROKER_PORT", "OAK_TIER_SECRET", "OAK_HOTS"]) {
    expect(output()).toContain(name);
  }
});

test("a port that is taken ends the process with the reason", async () => {
  const { port } = await startBroker();
  const { exited, output } = run({
    OAK_TIER_SECRET: "a-secret-of-this-tier",
    MQTT_BROKER_PORT: String(port),
    HEALTH_PORT: "0",
  });
  expect(await exited).toBe(1);
  expect(output()).toContain("EADDRINUSE");
});
