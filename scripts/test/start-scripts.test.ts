import { execFile } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000 });

const scripts = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "oak-start-"));
const envFile = join(folder, ".env");

/** Programs that answer as Docker and compose would, so that what a script does with them can be seen, and nothing is started. */
const programs = {
  docker: `case "$*" in
    "compose version") exit 1 ;;
    version*) echo "\${FAKE_ENGINE-20.10.24}"; exit "\${FAKE_ENGINE_CODE-0}" ;;
    info*) echo "${folder}" ;;
    *) exit 0 ;;
  esac`,
  "docker-compose": `case "$*" in
    "version --short") echo "\${FAKE_COMPOSE-1.29.2}" ;;
    *" logs "*) echo "\${FAKE_LOG-registered with the root}" ;;
    *) echo "$@" >> "${folder}/calls"; exit "\${FAKE_UP_CODE-0}" ;;
  esac`,
};

let root: Server;
let rootPort = 0;

beforeAll(async () => {
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  root = createServer((request, response) =>
    response.end(request.url === "/livez" ? '{"status":"alive","service":"system-manager"}' : ""),
  ).listen(0, "127.0.0.1");
  await once(root, "listening");
  rootPort = (root.address() as AddressInfo).port;
});
afterAll(() => {
  root.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  rmSync(envFile, { force: true });
  rmSync(join(folder, "calls"), { force: true });
});

interface Ended {
  code: number;
  /** Lines of standard error. */
  faults: string[];
  output: string;
}

function start(
  script: string,
  env: Record<string, string> = {},
  args: string[] = [],
): Promise<Ended> {
  return new Promise((resolve) => {
    const given = {
      PATH: `${folder}:${process.env["PATH"]}`,
      OAK_ENV_FILE: envFile,
      ...quiet,
      ...env,
    };
    const child = execFile(
      join(scripts, `start-${script}.sh`),
      args,
      { env: given },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        resolve({ code, faults: stderr.trim().split("\n").filter(Boolean), output: stdout });
      },
    );
    child.stdin?.end();
  });
}

/** Ports that nobody has, on an address that no other test uses. */
const quiet = { OAK_PUBLISH_ADDRESS: "127.9.8.7" };
const calls = (): string =>
  existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8") : "";
const aCluster = () => ({
  SYSTEM_MANAGER_URL: "127.0.0.1",
  SYSTEM_MANAGER_PORT: String(rootPort),
  OAK_CLUSTER_JOIN_SECRET: "clusters-join-with-this",
  FAKE_COMPOSE: "2.30.1",
  OVERRIDE_FILES: "override-network-host.yml",
});

const faults: [string, string, Record<string, string>, RegExp][] = [
  [
    "an engine that does not answer",
    "root",
    { FAKE_ENGINE: "Cannot connect", FAKE_ENGINE_CODE: "1" },
    /Docker does not answer: start it/,
  ],
  [
    "an engine that may not be used",
    "root",
    { FAKE_ENGINE: "permission denied", FAKE_ENGINE_CODE: "1" },
    /may not talk to Docker: run it as root/,
  ],
  [
    "an engine that is too old",
    "root",
    { FAKE_ENGINE: "19.03.8" },
    /19\.03\.8 is too old: 20\.10 or newer/,
  ],
  [
    "a compose that is too old",
    "root",
    { FAKE_COMPOSE: "1.25.0" },
    /1\.25\.0 is too old: 1\.28 or newer/,
  ],
  [
    "an override that does not exist",
    "root",
    { OVERRIDE_FILES: "override-nothing.yml" },
    /override-nothing\.yml, which does not exist: .*override-no-network\.yml/,
  ],
  [
    "the machine's network with compose v1",
    "root",
    { OVERRIDE_FILES: "override-network-host.yml" },
    /needs compose v2/,
  ],
  [
    "an address that is not this machine's",
    "root",
    { OAK_PUBLISH_ADDRESS: "203.0.113.9" },
    /203\.0\.113\.9 is no address of this machine/,
  ],
  [
    "a port that is no number",
    "root",
    { SYSTEM_MANAGER_PORT: "http" },
    /SYSTEM_MANAGER_PORT=http must be a port number/,
  ],
  [
    "a disk without space",
    "full",
    { OAK_MIN_DISK_MB: "999999999" },
    /MB are free in .*: make room/,
  ],
  [
    "a secret that is too short",
    "root",
    { OAK_CLUSTER_JOIN_SECRET: "short" },
    /OAK_CLUSTER_JOIN_SECRET is too short: give at least 16/,
  ],
  [
    "a root that is not named",
    "cluster",
    {},
    /SYSTEM_MANAGER_URL is not set: give the address of the root/,
  ],
  [
    "a root named by the cluster's own loopback",
    "cluster",
    { SYSTEM_MANAGER_URL: "localhost" },
    /localhost means the cluster's own containers/,
  ],
  [
    "a root named by a URL",
    "cluster",
    { SYSTEM_MANAGER_URL: "http://192.0.2.1" },
    /without http:\/\//,
  ],
];

test.each(faults)("%s: one sentence, and nothing is started", async (_, script, env, sentence) => {
  const ended = await start(script, env);
  expect(ended).toMatchObject({ code: 1, faults: [expect.stringMatching(sentence)] });
  expect(calls()).toBe("");
  expect(existsSync(envFile)).toBe(false);
});

test("a port in use is named, with the variable that changes it", async () => {
  const ended = await start("root", {
    OAK_PUBLISH_ADDRESS: "127.0.0.1",
    SYSTEM_MANAGER_PORT: String(rootPort),
  });
  expect(ended.faults).toEqual([
    expect.stringMatching(/^Port \d+\/tcp is in use.*SYSTEM_MANAGER_PORT/),
  ]);
});

test("a root that does not answer is told, with the ports to open", async () => {
  const ended = await start("cluster", { ...aCluster(), SYSTEM_MANAGER_PORT: "1" });
  expect(ended.faults).toEqual([
    expect.stringMatching(/^Nothing answers at 127\.0\.0\.1:1,.* open its ports/),
  ]);
});

test("a cluster does not show others an address that is its own loopback", async () => {
  // A name that is not loopback by its looks, and leads to the root of this test all the same.
  const ended = await start("cluster", {
    ...aCluster(),
    SYSTEM_MANAGER_URL: "0",
    OAK_CLUSTER_ADDRESS: "localhost",
  });
  expect(ended.faults).toEqual([
    expect.stringMatching(/^OAK_CLUSTER_ADDRESS=localhost is this machine for itself alone/),
  ]);
});

test("the first start makes secrets that only their owner can read, and shows the password once", async () => {
  const first = await start("full");
  expect(first).toMatchObject({ code: 0, faults: [] });
  expect(statSync(envFile).mode & 0o777).toBe(0o600);
  const password = /^ADMIN_PASSWORD=(.+)$/m.exec(readFileSync(envFile, "utf8"))?.[1];
  expect(first.output).toContain(`password ${password}`);
  const kept = readFileSync(envFile, "utf8");
  const second = await start("full");
  expect(second.output).not.toContain(password);
  expect(readFileSync(envFile, "utf8")).toBe(kept);
});

test("what was given once is kept, and what is given again counts more", async () => {
  await start("cluster", {
    ...aCluster(),
    CLUSTER_NAME: "north",
    CLUSTER_LOCATION: "a field, 3 km out",
  });
  await start("cluster", { CLUSTER_NAME: "south", FAKE_COMPOSE: "2.30.1" });
  expect(readFileSync(envFile, "utf8")).toContain("CLUSTER_NAME=south\n");
  expect(readFileSync(envFile, "utf8")).toContain("CLUSTER_LOCATION='a field, 3 km out'\n");
});

test("a cluster that the root refuses is taken away again, and nothing of it is kept", async () => {
  const refusal = "Neither this cluster's token nor the join secret of the root";
  const ended = await start("full", { FAKE_LOG: refusal });
  expect(ended.faults).toEqual([
    expect.stringMatching(/OAK_CLUSTER_JOIN_SECRET is not the one of the root/),
  ]);
  expect(calls()).toMatch(/ down\n$/);
  expect(existsSync(envFile)).toBe(false);
});

test("what cannot start is taken away again", async () => {
  const ended = await start("root", { FAKE_UP_CODE: "1" });
  expect(ended.faults.at(-1)).toMatch(/could not be started: .* Nothing was left running/);
  expect(calls()).toMatch(/ up -d .*\n.* down\n$/);
});

test("stopping keeps data, deleting it has to be meant", async () => {
  await start("root");
  expect(await start("root", {}, ["--down"])).toMatchObject({ code: 0 });
  expect(await start("root", {}, ["--purge"])).toMatchObject({
    code: 1,
    faults: [expect.stringMatching(/add --yes/)],
  });
  expect(calls()).not.toContain("--volumes");
  expect(await start("root", {}, ["--purge", "--yes"])).toMatchObject({ code: 0 });
  expect(calls()).toContain("down --volumes");
  expect(existsSync(envFile)).toBe(false);
});
