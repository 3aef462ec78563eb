import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { until } from "./until.ts";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const secret = "the-secret-of-this-tier";
/** Nobody listens there. */
const nowhere = {
  RESOURCE_ABSTRACTOR_PORT: "1",
  CLUSTER_SCHEDULER_PORT: "1",
  MQTT_BROKER_PORT: "1",
};

function run(env: Record<string, string>, ...flags: string[]) {
  const { PATH = "", HOME = "" } = process.env;
  const child: ChildProcess = spawn(process.execPath, [main, ...flags], {
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Its last words are read, too, by then.
  const exited = once(child, "close").then(([code]) => code as number);
  let output = "";
  const read = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on("data", read);
  child.stderr?.on("data", read);
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.kill("SIGKILL");
    await exited;
  });
  return { child, exited, output: () => output };
}

async function startAlone() {
  const dataDir = await mkdtemp(join(tmpdir(), "oak-cluster-manager-main-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const env = { OAK_TIER_SECRET: secret, OAK_DATA_DIR: dataDir, MY_PORT: "0", ...nowhere };
  const started = run(env);
  const url = await until(
    () => /"url":"(http:[^"]+)","msg":"http server listens"/.exec(started.output())?.[1],
    30_000,
  );
  return { ...started, env, url };
}

test("alone it listens, says what is missing, and ends when it is told to", async () => {
  const { url, child, exited, output, env } = await startAlone();
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(503);
  const { checks } = (await ready.json()) as { checks: Record<string, { ok: boolean }> };
  const missing = Object.entries(checks).flatMap(([name, { ok }]) => (ok ? [] : [name]));
  expect(missing.toSorted()).toEqual(["broker", "resource_abstractor", "scheduler", "state"]);
  expect((await fetch(`${url}/livez`)).status).toBe(200);

  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ host: "edge-1" });
  const refused = await fetch(`${url}/api/node/register`, { method: "POST", headers, body });
  expect(refused.status).toBe(503);

  const printed = await until(() => /OAK_WORKER_JOIN_SECRET=(\S+)/.exec(output())?.[1]);
  const asking = run({ ...env, MY_PORT: new URL(url).port }, "--join-secret");
  expect([await asking.exited, asking.output()]).toEqual([0, `${printed}\n`]);

  child.kill("SIGTERM");
  expect(await exited).toBe(0);
}, 60_000);

test("the configuration is shown without its secrets", async () => {
  const { exited, output } = run({ OAK_TIER_SECRET: secret }, "--print-config");
  expect(await exited).toBe(0);
  expect(output()).toContain("WORKER_TIMEOUT_S=5");
  expect(output()).not.toContain(secret);
}, 30_000);

test("every fault of the configuration is told before it exits", async () => {
  const { exited, output } = run({ MY_PORT: "x", OAK_TEIR_SECRET: "a" });
  expect(await exited).toBe(2);
  expect(output()).toMatch(/MY_PORT[\s\S]*OAK_TIER_SECRET[\s\S]*OAK_TEIR_SECRET/);
}, 30_000);
