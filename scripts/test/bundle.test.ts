import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPortLeases, createServiceProcess } from "@oak/testkit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { run } from "../lib/run.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
// Outside of the repository, where no node_modules is found that a bundle might lean on.
const folder = mkdtempSync(join(tmpdir(), "oak-bundle-test-"));
const env = { PATH: process.env["PATH"], HOME: folder };

beforeAll(async () => {
  const { code, output } = await bundle("resource-abstractor", "node-engine", "net-manager");
  expect(output).toContain("resource-abstractor, node-engine, net-manager");
  expect(code).toBe(0);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what is right already is left alone", async () => {
  expect((await bundle("net-manager")).output).toContain("nothing changed");
}, 60_000);

test("a program that does not exist is one sentence that names those that do", async () => {
  const { code, output } = await bundle("node-enigne");
  expect(output).toMatch(/^node-enigne: the programs are .*node-engine.*\n$/);
  expect(code).toBe(1);
});

test("another architecture whose machine code is not installed is one sentence, and changes nothing", async () => {
  const architecture = process.arch === "x64" ? "arm64" : "amd64";
  const { code, output } = await bundle(
    "net-manager",
    `--arch=${architecture}`,
    `--out=${folder}/other`,
  );
  expect(output).toMatch(/^@koromix\/koffi-linux-\w+ is not installed.* --cpu=\w+.*\n$/);
  expect(code).toBe(1);
  expect(existsSync(join(folder, "other"))).toBe(false);
}, 60_000);

test("net-manager tells its version, with the system calls that it loads", async () => {
  const { code, output } = await run(["node", join(folder, "net-manager/main.js"), "version"], {
    env,
  });
  expect(output).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(code).toBe(0);
});

test("node-engine tells its configuration, and what is wrong with it", async () => {
  const program = ["node", join(folder, "node-engine/main.js")];
  const good = await run([...program, "--print-config"], {
    env: { ...env, OAK_CLUSTER_ADDRESS: "cluster.example" },
  });
  expect(good.output).toContain("OAK_CLUSTER_ADDRESS=cluster.example");
  const bad = await run(program, { env });
  expect(bad.output).toContain("OAK_CLUSTER_ADDRESS: is required");
  expect(bad.code).toBe(2);
});

test("node-engine is one file: what drives Docker over SSH and its builder is not in it", () => {
  expect(readdirSync(join(folder, "node-engine")).toSorted()).toEqual(["main.js", "package.json"]);
});

test("a service with the embedded database becomes ready and serves its API reference", async () => {
  const lease = await createPortLeases().lease(1);
  const [port = 0] = lease.ports;
  const url = `http://127.0.0.1:${port}`;
  const service = createServiceProcess({
    name: "resource-abstractor",
    entry: join(folder, "resource-abstractor/main.js"),
    env: {
      RESOURCE_ABSTRACTOR_PORT: String(port),
      OAK_DATA_DIR: join(folder, "data"),
      OAK_TIER_SECRET: "the-secret-of-this-tier",
    },
    healthUrl: url,
    logFile: join(folder, "resource-abstractor.log"),
  });
  onTestFinished(async () => {
    await service.kill();
    lease.release();
  });
  await service.start();
  const script = await (await fetch(`${url}/api/docs/reference.js`)).text();
  expect(script.length).toBeGreaterThan(100_000);
  expect(await service.stop()).toBe(0);
}, 60_000);

test("a program that is told to end while it still starts does so by itself, as process 1 must", async () => {
  // Sends the signal as soon as there is a listener, long before the service has its own.
  const impatient = `process.on("newListener", (event) => {
    if (event === "SIGTERM") setImmediate(() => process.kill(process.pid, "SIGTERM"));
  });`;
  const preload = `--import=data:text/javascript,${encodeURIComponent(impatient)}`;
  const program = join(folder, "resource-abstractor/main.js");
  const child = spawn("node", [preload, program], {
    env: {
      ...env,
      OAK_TIER_SECRET: "the-secret-of-this-tier",
      OAK_DATA_DIR: join(folder, "early"),
    },
    stdio: "ignore",
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [code, signal] = await once(child, "exit");
  // No death by the signal: the kernel spares process 1 that.
  expect({ code, signal }).toEqual({ code: 143, signal: null });
}, 20_000);

test("oak is one file that needs nothing beside it", async () => {
  await bundle("oak");
  const alone = join(folder, "alone");
  mkdirSync(alone);
  copyFileSync(join(folder, "oak/oak.mjs"), join(alone, "oak.mjs"));
  const oak = (...words: string[]) =>
    run(["node", join(alone, "oak.mjs"), ...words], { cwd: alone });
  expect((await oak("--help")).output).toContain("\n  app …");
  // What it brings with it for this is loaded when it is wanted.
  expect((await oak("app", "sla", "edge_gaming", "-o", "yaml")).output).toMatch(/^sla_version: /);
}, 60_000);

async function bundle(...args: string[]) {
  return run(["node", join(root, "scripts/bundle.mjs"), `--out=${folder}`, ...args], {
    cwd: folder,
  });
}
