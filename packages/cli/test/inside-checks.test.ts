import { expect, test } from "vitest";
import type { Check } from "../src/doctor/check.ts";
import { agentCheck, judgeNetwork } from "../src/doctor/checks/agents.ts";
import { containersCheck } from "../src/doctor/checks/containers.ts";
import { dockerCheck } from "../src/doctor/checks/docker.ts";
import { datagramCheck, modulesCheck, programsCheck } from "../src/doctor/checks/kernel.ts";
import {
  diskCheck,
  memoryCheck,
  secretFileCheck,
  stateFolderCheck,
} from "../src/doctor/checks/machine.ts";
import { unitCheck } from "../src/doctor/checks/units.ts";
import {
  clusterAddressCheck,
  publicAddressCheck,
  readWorkerConfig,
} from "../src/doctor/checks/worker-config.ts";
import { answer, createFakeProbes, type FakeWorld, fakeNowMs } from "./fake-probes.ts";

const find = (one: Check, world: FakeWorld = {}) => one.run(createFakeProbes(world));
const socket = "/var/run/docker.sock";
const engine = `unix:${socket}`;

test.each([
  ["20.10.24+dfsg1", "ok"],
  ["29.0.1", "ok"],
  ["19.03.8", "fault"],
])("Docker Engine %s is %s", async (version, status) => {
  const http = { [`${engine}/version`]: { Version: version } };
  const [found] = await find(dockerCheck({ socket, isNeeded: true }), { http });
  expect(found).toMatchObject({ status, found: expect.stringContaining(version) });
});

test.each([
  ["denied", true, "fault", "group docker"],
  ["denied", false, "fault", "group docker"],
  ["absent", true, "fault", "apt-get install docker.io"],
  ["absent", false, "not checked", undefined],
] as const)(
  "a Docker socket that is %s, needed: %s, is %s",
  async (kind, isNeeded, status, remedy) => {
    const http = { [`${engine}/version`]: { kind, detail: "E" } };
    const [found] = await find(dockerCheck({ socket, isNeeded }), { http });
    expect(found?.status).toBe(status);
    if (remedy !== undefined) expect(found?.remedy).toContain(remedy);
  },
);

test("a Docker of cgroup version 1 and with a full disk is told", async () => {
  const http = {
    [`${engine}/version`]: { Version: "20.10.24" },
    [`${engine}/info`]: { CgroupVersion: "1", DockerRootDir: "/var/lib/docker" },
  };
  const found = await find(dockerCheck({ socket, isNeeded: true }), { http, freeBytes: 1024 });
  expect(found.map(({ check, status }) => [check, status])).toEqual([
    ["docker", "ok"],
    ["cgroups", "warn"],
    ["disk of docker", "fault"],
  ]);
});

interface Container {
  state?: object;
  restarts?: number;
  env?: readonly string[];
  log?: string;
}

/** A Docker with one container of a compose file. */
function compose({ state, restarts = 0, env = [], log = "" }: Container) {
  const labels = {
    "com.docker.compose.service": "cluster_manager",
    "com.docker.compose.project.working_dir": "/opt/site",
  };
  const since = fakeNowMs / 1_000 - 120;
  const facts = {
    Name: "/site_cluster_manager_1",
    State: { Status: "running", ...state },
    RestartCount: restarts,
    Config: { Env: env },
    HostConfig: { NetworkMode: "site" },
  };
  return {
    [`${engine}/containers/json?all=1`]: answer([
      { Id: "c1", Names: ["/site_cluster_manager_1"], Labels: labels },
    ]),
    [`${engine}/containers/c1/json`]: answer(facts),
    [`${engine}/containers/c1/logs?stdout=1&stderr=1&tail=100&since=${since}`]: answer(log),
  };
}

const containers = containersCheck({ socket, services: ["cluster_manager"] });

test("containers that run are well", async () => {
  const found = await find(containers, {
    http: compose({ state: { Health: { Status: "healthy" } } }),
  });
  expect(found).toEqual([
    { status: "ok", check: "container site_cluster_manager_1", found: "running, healthy" },
  ]);
});

test.each([
  [
    { state: { Status: "restarting", ExitCode: 1 }, restarts: 9 },
    "fault",
    "again and again (9 times",
  ],
  [{ state: { Status: "exited", ExitCode: 137 } }, "fault", "exit code 137"],
  [{ state: { OOMKilled: true, Status: "exited" } }, "fault", "for want of memory"],
  [{ state: { Health: { Status: "unhealthy" } } }, "fault", "not healthy"],
  [{ restarts: 5 }, "warn", "after 5 restarts"],
])("a container of %j is a %s", async (container, status, text) => {
  const [found] = await find(containers, { http: compose(container) });
  expect(found).toMatchObject({ status, found: expect.stringContaining(text) });
});

test.each([
  ["getaddrinfo ENOTFOUND root_scheduler", "no such host", "network_mode host"],
  ["listen EADDRINUSE: address already in use", "port is in use", "ss -ltnp"],
  ["write ENOSPC", "disk is full", "prune"],
  [
    "Neither this cluster's token nor the join secret of the root",
    "join secret",
    "OAK_CLUSTER_JOIN_SECRET",
  ],
  ["cluster_name_taken", "has this name", "CLUSTER_NAME"],
  ["MongoServerSelectionError: connect", "database", "MONGO_URL"],
])("a log with %j is understood", async (log, text, remedy) => {
  const state = { Status: "restarting", ExitCode: 1 };
  const found = await find(containers, { http: compose({ state, log }) });
  expect(found[1]).toMatchObject({ status: "fault", found: expect.stringContaining(text) });
  expect(found[1]?.remedy).toContain(remedy);
});

test("localhost inside a container is found", async () => {
  const env = ["SYSTEM_MANAGER_URL=localhost", "OAK_CLUSTER_ADDRESS=127.0.0.1"];
  const found = await find(containers, { http: compose({ env }) });
  expect(found.slice(1).map(({ status, found: text }) => `${status}: ${text}`)).toEqual([
    "fault: SYSTEM_MANAGER_URL is localhost, which inside a container is the container itself",
    "warn: OAK_CLUSTER_ADDRESS is 127.0.0.1, which only this machine reaches",
  ]);
});

test("secrets beside the compose file that others can read are found", async () => {
  const files = { "/opt/site/.env": { kind: "file" as const, mode: 0o644 } };
  const found = await find(containers, { http: compose({}), files });
  expect(found.at(-1)).toMatchObject({ status: "warn", remedy: "chmod 600 /opt/site/.env" });
});

test("where nothing is a container, that is said and no fault", async () => {
  const http = { [`${engine}/containers/json?all=1`]: answer([]) };
  expect((await find(containers, { http }))[0]?.status).toBe("not checked");
});

test.each([
  [
    "LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=0\nUnitFileState=enabled",
    "ok",
  ],
  [
    "LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=0\nUnitFileState=disabled",
    "warn",
  ],
  [
    "LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=7\nUnitFileState=enabled",
    "warn",
  ],
  ["LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nNRestarts=12", "fault"],
  ["LoadState=loaded\nActiveState=failed\nSubState=failed", "fault"],
  ["LoadState=not-found\nActiveState=inactive", "fault"],
])("a unit of %j is %s", async (stdout, status) => {
  const programs = { systemctl: { stdout } };
  expect((await find(unitCheck("nodeengine.service"), { programs }))[0]?.status).toBe(status);
});

test("without systemd units are not checked", async () => {
  expect((await find(unitCheck("nodeengine.service")))[0]).toMatchObject({
    status: "not checked",
    found: "there is no systemd on this machine",
  });
});

test("an agent says itself what it lacks", async () => {
  const health = "unix:/state/health.sock";
  const checks = { mqtt: { ok: false, reason: "not connected" } };
  const http = { [`${health}/readyz`]: answer({ checks }, { status: 503 }) };
  const agent = { service: "node-engine", unit: "nodeengine", health };
  const [unready] = await find(agentCheck(agent), { http });
  expect(unready).toMatchObject({ status: "fault", remedy: expect.stringContaining("10003") });
  const [dead] = await find(agentCheck(agent));
  expect(dead).toMatchObject({
    status: "fault",
    remedy: expect.stringContaining("systemctl restart nodeengine"),
  });
});

test.each([
  [{ registered: false }, "fault", "no node-engine"],
  [{ registered: true, isConnected: false }, "fault", "no connection to the broker"],
  [
    { registered: true, isConnected: true, subnetConflict: "10.19.1.0" },
    "fault",
    "leases 10.19.1.0",
  ],
  [{ registered: true, isConnected: true, wireguard: { reason: "no tool" } }, "warn", "no tool"],
  [
    { registered: true, isConnected: true, tunnels: [{ tunnel: "none", host: "w2" }] },
    "warn",
    "w2",
  ],
  [{ registered: true, isConnected: true, attached: 3 }, "ok", "3 workloads"],
])("a network of %j is a %s", (state, status, text) => {
  expect(judgeNetwork(state)[0]).toMatchObject({ status, found: expect.stringContaining(text) });
});

test("programs that are missing are named with their packages", async () => {
  const found = await find(programsCheck(), { programs: { ip: { stdout: "iproute2-6.1" } } });
  expect(found).toEqual([
    expect.objectContaining({ status: "fault", check: "nft", remedy: "apt-get install nftables" }),
    { status: "ok", check: "ip", found: "iproute2-6.1" },
  ]);
});

const release = { "/proc/sys/kernel/osrelease": "6.1.0\n" };

test("modules that are built in, loaded or loadable are there", async () => {
  const texts = {
    ...release,
    "/lib/modules/6.1.0/modules.builtin": "kernel/drivers/net/vxlan/vxlan.ko\n",
  };
  const files = {
    "/sys/module/bridge": { kind: "folder" as const, mode: 0o755 },
    "/dev/net/tun": { kind: "other" as const, mode: 0o666 },
  };
  const found = await find(modulesCheck(), { texts, files, programs: { modprobe: { code: 0 } } });
  expect(found.map(({ status }) => status)).toEqual(["ok", "ok", "ok", "ok"]);
});

test("modules that a kernel has not are faults, and what cannot be known is said to be so", async () => {
  const texts = { ...release, "/lib/modules/6.1.0/modules.builtin": "kernel/fs/ext4/ext4.ko\n" };
  const lacking = await find(modulesCheck(), { texts, programs: { modprobe: { code: 1 } } });
  expect(lacking.map(({ status }) => status)).toEqual(["fault", "fault", "fault", "warn"]);
  const unknown = await find(modulesCheck(), { texts: release });
  expect(unknown.map(({ status }) => status)).toEqual([
    "not checked",
    "not checked",
    "fault",
    "warn",
  ]);
});

test("a port for datagrams is seen where it is bound, and not guessed elsewhere", async () => {
  const line = "  12: 00000000:C3B7 00000000:0000 07 00000000:00000000 00:00000000 00000000";
  const texts = { "/proc/net/udp": `  sl  local_address\n${line}\n` };
  expect((await find(datagramCheck("VXLAN", 50_103), { texts }))[0]?.status).toBe("ok");
  expect((await find(datagramCheck("VXLAN", 50_104), { texts }))[0]?.status).toBe("not checked");
});

test.each([
  [10 * 1024 ** 3, "ok"],
  [1024 ** 3, "warn"],
  [1024 ** 2, "fault"],
  [undefined, "not checked"],
])("a disk with %s bytes free is %s", async (freeBytes, status) => {
  const world = freeBytes === undefined ? {} : { freeBytes };
  expect((await find(diskCheck("disk", "/"), world))[0]?.status).toBe(status);
});

test.each([
  [4_000_000, "ok"],
  [200_000, "warn"],
  [20_000, "fault"],
])("a machine with %i kB left is %s", async (kB, status) => {
  const texts = { "/proc/meminfo": `MemTotal: 8000000 kB\nMemAvailable: ${kB} kB\n` };
  expect((await find(memoryCheck(), { texts }))[0]?.status).toBe(status);
});

test.each([
  [0o600, "ok"],
  [0o640, "warn"],
])("a file with secrets of mode %i is %s", async (mode, status) => {
  const files = { "/etc/w.env": { kind: "file" as const, mode } };
  expect((await find(secretFileCheck("/etc/w.env"), { files }))[0]?.status).toBe(status);
});

test.each([
  [0o755, "ok"],
  [0o777, "warn"],
])("a state folder of mode %i is %s", async (mode, status) => {
  const files = { "/state": { kind: "folder" as const, mode } };
  expect((await find(stateFolderCheck("/state"), { files }))[0]?.status).toBe(status);
});

test.each([
  [undefined, "fault"],
  ["0.0.0.0", "fault"],
  ["localhost", "warn"],
  ["10.0.0.2", "ok"],
])("a cluster address %s of a worker is %s", async (address, status) => {
  expect((await find(clusterAddressCheck(address, "worker.env")))[0]?.status).toBe(status);
});

test.each([
  ["0.0.0.0", "ok"],
  ["127.0.0.1", "fault"],
  ["10.0.0.5", "ok"],
  ["192.0.2.5", "not checked"],
])("NodePublicAddress %s is %s", async (address, status) => {
  const texts = { "/netcfg.json": JSON.stringify({ NodePublicAddress: address }) };
  const found = await find(publicAddressCheck("/netcfg.json"), { texts, own: ["10.0.0.5"] });
  expect(found[0]?.status).toBe(status);
});

test("worker.env goes before conf.json, with quotes and comments", async () => {
  const texts = {
    "/w.env": '# worker\nOAK_CLUSTER_ADDRESS="10.0.0.2"\nOAK_NETWORK=off\n',
    "/conf.json": JSON.stringify({ cluster_address: "10.0.0.9", cluster_port: 10_500 }),
  };
  const probes = createFakeProbes({ texts });
  const { file, variables } = await readWorkerConfig(probes, {
    envFile: "/w.env",
    confFile: "/conf.json",
  });
  expect(file).toBe("/w.env");
  expect(Object.fromEntries(variables)).toEqual({
    OAK_CLUSTER_ADDRESS: "10.0.0.2",
    OAK_CLUSTER_PORT: "10500",
    OAK_NETWORK: "off",
  });
});
