import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { tierSecret } from "./harness.ts";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
let directory: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "oak-ra-main-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function run(env: Record<string, string>, ...flags: string[]) {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [main, ...flags], {
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let output = "";
  const read = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  // Its last words are read, too, by then.
  const exited = once(child, "close").then(([code]) => code as number);
  return { child, exited, output: () => output };
}

/** Starts the service and resolves with its address as soon as it is ready. */
async function start(dataDir: string) {
  const env = { OAK_TIER_SECRET: tierSecret, RESOURCE_ABSTRACTOR_PORT: "0" };
  const started = run(env, "--data-dir", dataDir);
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const url = /"url":"(http:[^"]+)","msg":"http server listens"/.exec(started.output())?.[1];
    if (url !== undefined && (await fetch(`${url}/readyz`)).ok) return { ...started, url };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Not ready: ${started.output()}`);
}

const headers = { authorization: `Bearer ${tierSecret}` };

test("alone it starts an embedded database, which a killed process leaves intact", async () => {
  const first = await start(directory);
  const identity = await (await fetch(`${first.url}/api/v1/tier`, { headers })).json();
  first.child.kill("SIGKILL");
  await first.exited;
  const second = await start(directory);
  expect(await (await fetch(`${second.url}/api/v1/tier`, { headers })).json()).toEqual(identity);
  second.child.kill("SIGTERM");
  expect(await second.exited).toBe(0);
}, 90_000);

test("a wrong environment is answered with every fault and code 2", async () => {
  const { exited, output } = run({ RESOURCE_ABSTRACTOR_PORT: "http", OAK_TEIR_SECRET: "x" });
  expect(await exited).toBe(2);
  expect(output()).toContain("RESOURCE_ABSTRACTOR_PORT");
  expect(output()).toContain("OAK_TIER_SECRET");
  expect(output()).toContain("OAK_TEIR_SECRET");
}, 60_000);
