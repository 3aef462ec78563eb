import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../kit/test/eventually.ts";

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const launcher = here("../bin/notify-exec");

let folder: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-notify-"));
  start([here("machine/notify-listen"), socket(), told()]);
  await eventually(() => existsSync(socket()));
});

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await rm(folder, { recursive: true });
});

const socket = () => path.join(folder, "socket");
const goOn = () => path.join(folder, "go-on");
const told = () => path.join(folder, "told");
const lines = async () => (await readFile(told(), "utf8")).trim().split("\n");
const signsOfLife = async () => (await lines()).filter((line) => line === "WATCHDOG=1").length;

function start(
  [program = "", ...args]: readonly string[],
  env: Record<string, string> = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(program, args, { env: { ...process.env, ...env } });
  started.push(child);
  return child;
}

async function outputOf(command: readonly string[], env: Record<string, string> = {}) {
  const child = start(command, env);
  let text = "";
  child.stdout.on("data", (part) => {
    text += part;
  });
  child.stderr.on("data", (part) => {
    text += part;
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, text, pid: child.pid };
}

function startTold(): ChildProcessWithoutNullStreams {
  const node = [process.execPath, "--conditions", "oak-source", "--import", "tsx"];
  return start([launcher, ...node, here("machine/told-program.ts"), goOn()], {
    NOTIFY_SOCKET: socket(),
    WATCHDOG_USEC: "200000",
  });
}

test("a service manager hears the start, signs of life, and the end", async () => {
  const child = startTold();
  await eventually(async () => (await signsOfLife()) > 3);
  child.kill("SIGTERM");
  await once(child, "exit");
  await eventually(async () => (await lines()).includes("STOPPING=1 STATUS=stopping"));
  expect((await lines())[0]).toBe("READY=1 STATUS=started");
}, 30_000);

test("a main loop that stands still gives no sign of life until it goes on", async () => {
  const child = startTold();
  await eventually(async () => (await signsOfLife()) > 1);
  child.kill("SIGUSR2");
  await once(child.stdout, "data");
  // What was said before may still be on its way; after that, many intervals are silent.
  let before = -1;
  await eventually(async () => {
    const last = before;
    before = await signsOfLife();
    return before === last;
  });
  const silentUntilMs = Date.now() + 800;
  await eventually(async () => {
    expect(await signsOfLife()).toBe(before);
    return Date.now() > silentUntilMs;
  });
  await writeFile(goOn(), "");
  await eventually(async () => (await signsOfLife()) > before);
}, 30_000);

test("the program has the launcher's process id, and its children do not have the line", async () => {
  const probe = `
    const { fstatSync } = require("node:fs");
    const { spawnSync } = require("node:child_process");
    const fd = Number(process.env.NOTIFY_FD);
    const { stdout } = spawnSync("readlink", ["/proc/self/fd/" + fd], { encoding: "utf8" });
    console.log(JSON.stringify({ pid: process.pid, own: fstatSync(fd).isSocket(), child: stdout }));`;
  const { text, pid } = await outputOf([launcher, process.execPath, "--eval", probe], {
    NOTIFY_SOCKET: socket(),
  });
  expect(JSON.parse(text)).toEqual({ pid, own: true, child: "" });
});

test("where nobody listens the program runs all the same", async () => {
  const env = { NOTIFY_SOCKET: path.join(folder, "none") };
  const { code, text } = await outputOf([launcher, "sh", "-c", 'echo "[$NOTIFY_FD]"'], env);
  expect({ code, said: text.includes("[]") }).toEqual({ code: 0, said: true });
  expect(text).toContain("nobody listens on");
});

test("without a service manager nothing is opened and nothing is said", async () => {
  const { code, text } = await outputOf([launcher, "sh", "-c", "exit 7"], { NOTIFY_SOCKET: "" });
  expect({ code, text }).toEqual({ code: 7, text: "" });
});

test("a program that does not exist is named", async () => {
  const { code, text } = await outputOf([launcher, "/no/such/program"]);
  expect(code).not.toBe(0);
  expect(text).toContain("/no/such/program: No such file or directory");
});
