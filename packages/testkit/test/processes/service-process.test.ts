import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  createServiceProcess,
  type ServiceProcess,
  type ServiceProcessOptions,
} from "../../src/processes/service-process.ts";

/** Ready after its third question; knows how often it was started. */
const program = `
import { createServer } from "node:http";
import { appendFileSync } from "node:fs";
const [socket, mode] = process.argv.slice(2);
console.log("environment", Object.keys(process.env).sort().join(" "));
if (mode === "crash") { console.error("no configuration"); process.exit(3); }
process.on("SIGTERM", () => { if (mode !== "stubborn") process.exit(0); });
let asked = 0;
createServer((request, response) => {
  response.statusCode = ++asked > 2 && mode !== "never" ? 200 : 503;
  response.end("{}");
}).listen(socket.replace("SOCKET", process.pid));
`;

function aService(mode = "good", changes: Partial<ServiceProcessOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "oak-service-"));
  const entry = join(folder, "program.mjs");
  const socket = join(folder, "health.sock");
  writeFileSync(entry, program);
  const service = createServiceProcess({
    name: "sample",
    entry,
    args: [socket, mode],
    healthUrl: `unix:${socket}`,
    logFile: join(folder, "sample.log"),
    ...changes,
  });
  onTestFinished(async () => {
    await service.kill();
    rmSync(folder, { recursive: true });
  });
  return { service, socket };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function startedPid(service: ServiceProcess): Promise<number> {
  await service.start();
  expect(service.pid).toBeDefined();
  return service.pid ?? 0;
}

test("start waits until the program says that it is ready", async () => {
  const { service } = aService();
  const pid = await startedPid(service);
  expect(isAlive(pid)).toBe(true);
});

test("the process id is the program's own, so that a kill hits nothing else", async () => {
  const { service } = aService();
  const pid = await startedPid(service);
  expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toContain("program.mjs");
});

test("kill ends it at once, and it can be started again", async () => {
  const { service, socket } = aService();
  const first = await startedPid(service);
  await service.kill();
  expect(service.pid).toBeUndefined();
  expect(isAlive(first)).toBe(false);
  rmSync(socket, { force: true });
  expect(await startedPid(service)).not.toBe(first);
  expect(service.logTail().match(/--- sample starts/g)).toHaveLength(2);
});

test("stop is an orderly end with the program's exit code", async () => {
  const { service } = aService();
  await service.start();
  expect(await service.stop()).toBe(0);
});

test("stop kills what does not stop in time", async () => {
  const { service } = aService("stubborn");
  await service.start();
  expect(await service.stop(50)).toBeNull();
  expect(service.pid).toBeUndefined();
});

test("a program that ends before it is ready fails the start with the end of its log", async () => {
  const { service } = aService("crash");
  await expect(service.start()).rejects.toThrow(/ended before it was ready[\s\S]*no configuration/);
});

test("a program that is not ready in time fails the start, and runs on for a closer look", async () => {
  const { service } = aService("never");
  await expect(service.start({ timeoutMs: 100 })).rejects.toThrow("not ready after 100 ms");
  expect(service.pid).toBeDefined();
});

test("a program that does not exist fails the start", async () => {
  const { service } = aService("good", { entry: "/nowhere/main.js" });
  await expect(service.start()).rejects.toThrow("Cannot find module");
});

test("nothing of the caller's environment is inherited but what programs need", async () => {
  const { service } = aService("good", { env: { EXTRA: "1" } });
  await service.start();
  const names = /environment (.*)/.exec(service.logTail())?.[1]?.split(" ") ?? [];
  expect(names).toContain("EXTRA");
  const needed = ["DOCKER_HOST", "EXTRA", "HOME", "PATH", "TMPDIR"];
  expect(names.filter((name) => !needed.includes(name))).toEqual([]);
});

test("starting what runs already is a mistake of the caller", async () => {
  const { service } = aService();
  await service.start();
  await expect(service.start()).rejects.toThrow("runs already");
});

test("what one start has on top is gone with the next", async () => {
  const { service, socket } = aService();
  await service.start({ env: { EXTRA: "1" }, nodeFlags: ["--title=armed"] });
  expect(readFileSync(`/proc/${service.pid}/cmdline`, "utf8")).toContain("armed");
  await service.kill();
  rmSync(socket, { force: true });
  await service.start();
  expect(service.logTail().match(/environment .*EXTRA/g)).toHaveLength(1);
});

test("an end that nobody here asked for can be waited for", async () => {
  const { service } = aService();
  const pid = await startedPid(service);
  process.kill(pid, "SIGKILL");
  expect(await service.ended()).toEqual({ code: null, signal: "SIGKILL" });
  expect(service.pid).toBeUndefined();
});

test("waiting for an end that does not come fails with the end of the log", async () => {
  const { service } = aService();
  await service.start();
  await expect(service.ended(50)).rejects.toThrow(/still runs after 50 ms[\s\S]*environment/);
});

test("a signal that stops it leaves it there", async () => {
  const { service } = aService();
  const pid = await startedPid(service);
  service.signal("SIGSTOP");
  await expect.poll(() => readFileSync(`/proc/${pid}/stat`, "utf8")).toMatch(/\) T /);
  service.signal("SIGCONT");
  expect(service.pid).toBe(pid);
});
