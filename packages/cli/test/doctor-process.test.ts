import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTestBed, type TestBed } from "@oak/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Finding } from "../src/doctor/finding.ts";
import { doctor, doctorScript, oak, patience } from "./oak-process.ts";
import { type Patients, portOf, startPatients } from "./patients.ts";

let bed: TestBed;
let patients: Patients;

beforeAll(async () => {
  bed = await createTestBed();
  try {
    patients = await startPatients(bed);
  } catch (error) {
    process.stderr.write(bed.logs());
    throw error;
  }
}, 90_000);

afterAll(() => bed.close());

const notOk = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ status }) => status === "fault" || status === "warn");

const named = (findings: readonly Finding[], check: string): Finding[] =>
  findings.filter((one) => one.check === check);

/** A cluster is looked at by its root a few times before anything is told. */
const eventually = <T>(check: () => Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 30_000, interval: 250 });

const outside = "--outside";

test("a healthy root has no fault, and its cluster is found where it says that it is", async () => {
  const { at, login } = patients;
  await eventually(async () => {
    const { code, findings } = await doctor(["root", ...at.root, outside], login);
    expect(notOk(findings)).toEqual([]);
    expect(code).toBe(0);
    expect(named(findings, "system-manager ready")[0]?.found).toContain("database");
    expect(named(findings, "system-manager clock")[0]?.status).toBe("ok");
    expect(named(findings, "cluster garage")[0]?.found).toBe(
      "active, 1 workers, reached at 127.0.0.1",
    );
    expect(named(findings, "versions")[0]?.status).toBe("ok");
  });
});

test("a healthy cluster has no fault, knows its workers and what the root sees of it", async () => {
  const { at, cluster, root } = patients;
  const ports = ["--root-port", String(root.port)];
  const upward = [
    "--root",
    "127.0.0.1",
    ...ports,
    "--root-network-port",
    String(root.networkManagerPort),
  ];
  const secret = { OAK_TIER_SECRET: cluster.access.tierSecret };
  await eventually(async () => {
    const { code, findings } = await doctor(["cluster", ...at.cluster, ...upward, outside], secret);
    expect(notOk(findings)).toEqual([]);
    expect(code).toBe(0);
    expect(named(findings, "workers")[0]?.found).toBe("1 of 1 are online");
    expect(named(findings, "address of the cluster")[0]?.found).toContain(
      "answers the root at 127.0.0.1",
    );
    expect(named(findings, `mqtt-broker ${cluster.brokerPort}/tcp`)[0]?.found).toContain(
      "asks for a login",
    );
  });
});

/** What the installer writes. */
async function workerFile(): Promise<string> {
  const { worker, cluster } = patients;
  const file = join(bed.folder, "worker.env");
  const lines = ["OAK_CLUSTER_ADDRESS=127.0.0.1", `OAK_CLUSTER_PORT=${portOf(cluster.managerUrl)}`];
  const state = [`OAK_STATE_DIR="${worker.stateDir}"`, "OAK_NETWORK=off"];
  const health = `HEALTH_PORT=${portOf(worker.process.healthUrl ?? "")}`;
  await writeFile(file, [...lines, ...state, health, ""].join("\n"), { mode: 0o600 });
  return file;
}

test("a worker that has joined is ready and reaches its cluster", async () => {
  const file = await workerFile();
  const { findings } = await doctor(["worker", "--config", file, ...patients.at.cluster.slice(4)]);
  expect(named(findings, "node-engine ready")[0]).toMatchObject({ status: "ok" });
  expect(named(findings, "cluster-manager ready")[0]).toMatchObject({ status: "ok" });
  expect(named(findings, file)[0]).toMatchObject({ status: "ok" });
});

test("people get a line for each finding, and a count", async () => {
  const { code, stdout } = await oak([
    ...["doctor", "root", ...patients.at.root, outside, ...patience],
  ]);
  const lines = stdout.trimEnd().split("\n");
  expect(code).toBe(0);
  expect(lines[0]).toMatch(
    /^ok {10} system-manager \d+\/tcp {2,}system-manager \S+ answers at 127/,
  );
  expect(lines.at(-1)).toMatch(
    /^root at 127\.0\.0\.1: \d+ ok, 0 warnings, 0 faults, 1 not checked$/,
  );
  // No terminal, no colours.
  expect(stdout).not.toContain("\u001b");
});

test("the script finds the same where there is no Node", async () => {
  const root = await doctorScript(["root", ...patients.at.root, outside]);
  expect(root.stdout).toMatch(/^ok +system-manager \d+\/tcp +system-manager \S+ answers at 127/m);
  expect(root.stdout).toMatch(/^ok +system-manager ready +\S/m);
  expect(root.code).toBe(0);
  const cluster = await doctorScript(["cluster", ...patients.at.cluster, outside]);
  expect(cluster.stdout).toMatch(
    /^ok +connection to the root +garage is registered as [0-9a-f]{24}$/m,
  );
  expect(cluster.code).toBe(0);
});

/** A machine with the tools of every Debian, and no curl. */
async function withoutCurl(): Promise<string> {
  const folder = join(bed.folder, "tools");
  await mkdir(folder);
  for (const tool of bareTools) await symlink(join("/usr/bin", tool), join(folder, tool));
  return folder;
}

const bareTools = [
  ...["awk", "bash", "cat", "cut", "df", "grep", "head", "mktemp", "rm", "sed", "sh", "stat"],
  ...["tail", "timeout", "tr"],
];

test("without curl the script asks by bash, and finds the same", async () => {
  const env = { PATH: await withoutCurl() };
  const { stdout, code } = await doctorScript(["root", ...patients.at.root, outside], env);
  const plain = await doctorScript(["root", ...patients.at.root, outside]);
  expect(stdout).toBe(plain.stdout);
  expect(code).toBe(0);
  const [free = 0] = await bed.leasePorts(1);
  const nobody = await doctorScript(["root", "--port", String(free), "--no-network", outside], env);
  expect(nobody.stdout).toContain(`nothing listens at 127.0.0.1:${free}`);
});

test("the port of another service is told from one that nobody has", async () => {
  const { root, cluster } = patients;
  const network = String(root.networkManagerPort);
  const swapped = await doctor(["root", "--port", network, "--no-network", outside]);
  expect(swapped.code).toBe(1);
  expect(notOk(swapped.findings)[0]?.found).toContain("root-network-manager answers at 127");
  const foreign = await doctor([
    "root",
    "--port",
    String(cluster.brokerPort),
    "--no-network",
    outside,
  ]);
  expect(notOk(foreign.findings)[0]).toMatchObject({
    found: expect.stringContaining("does not speak as it should"),
    remedy: expect.stringContaining("in use by another program"),
  });
  const [free = 0] = await bed.leasePorts(1);
  const nobody = await doctor(["root", "--port", String(free), "--no-network", outside]);
  expect(notOk(nobody.findings)[0]?.found).toBe(`nothing listens at 127.0.0.1:${free}`);
});

test("a name that nobody knows is said to be one", async () => {
  const { code, findings } = await doctor(["root", "--address", "no-such-host.invalid"]);
  expect(code).toBe(1);
  expect(notOk(findings)[0]?.found).toContain("no such host");
  const told = await doctorScript(["root", "--address", "no-such-host.invalid"]);
  expect(told).toMatchObject({ code: 1, stdout: expect.stringContaining("no such host") });
});

test("a stopped database is the reason that the root gives", async () => {
  const { database, at } = patients;
  await database.kill();
  try {
    const { code, findings } = await doctor(["root", ...at.root, outside]);
    expect(code).toBe(1);
    expect(named(findings, "system-manager database")[0]).toMatchObject({
      status: "fault",
      remedy: expect.stringContaining("MONGO_URL"),
    });
    const told = await doctorScript(["root", ...at.root, outside]);
    expect(told.stdout).toMatch(
      /^fault +system-manager database +\S.* -> See that its database runs/m,
    );
    expect(told.code).toBe(1);
  } finally {
    await database.start();
  }
});

test("a dead broker is found from outside and by the cluster itself", async () => {
  const broker = patients.cluster.services["mqtt-broker"];
  await broker.kill();
  try {
    const { code, findings } = await doctor(["cluster", ...patients.at.cluster, outside]);
    expect(code).toBe(1);
    expect(named(findings, `mqtt-broker ${patients.cluster.brokerPort}/tcp`)[0]).toMatchObject({
      status: "fault",
      found: expect.stringContaining("nothing listens"),
      remedy: expect.stringContaining("docker compose up -d mqtt"),
    });
    expect(named(findings, "cluster-manager broker")[0]?.remedy).toContain("MQTT_BROKER_URL");
  } finally {
    await broker.start();
  }
});

test("a dead node-engine is found on its worker, and as silent at its cluster", async () => {
  const { worker, cluster, at } = patients;
  const file = await workerFile();
  await worker.process.kill();
  try {
    const { findings } = await doctor(["worker", "--config", file, ...at.cluster.slice(4)]);
    expect(named(findings, "node-engine")[0]).toMatchObject({
      status: "fault",
      remedy: expect.stringContaining("systemctl restart nodeengine"),
    });
    const secret = { OAK_TIER_SECRET: cluster.access.tierSecret };
    await eventually(async () => {
      const told = await doctor(["cluster", ...at.cluster, outside], secret);
      expect(named(told.findings, "worker bench")[0]?.found).toContain("silent for");
    });
  } finally {
    await worker.process.start();
  }
});

test("a cluster that advertises an address of no use is told so, at its root too", async () => {
  const { cluster, at, login } = patients;
  const manager = cluster.services["cluster-manager"];
  await manager.kill();
  await manager.start({ env: { OAK_CLUSTER_ADDRESS: "169.254.7.7" } });
  await eventually(async () => {
    const { code, findings } = await doctor(["cluster", ...at.cluster, outside]);
    expect(code).toBe(1);
    expect(named(findings, "address of the cluster")[0]).toMatchObject({
      status: "fault",
      found: expect.stringContaining("169.254.7.7, which is good on one wire only"),
      remedy: expect.stringContaining("OAK_CLUSTER_ADDRESS"),
    });
  });
  const told = await doctorScript(["cluster", ...at.cluster, outside]);
  expect(told.stdout).toMatch(/^fault +address of the cluster +It advertises 169\.254\.7\.7/m);
  const { code, findings } = await doctor(["root", ...at.root, outside], login);
  expect(code).toBe(1);
  expect(named(findings, "cluster garage")[0]?.found).toContain("169.254.7.7");
});

test("wrong use is told from a fault", async () => {
  expect((await oak(["doctor"])).code).toBe(2);
  expect((await oak(["doctor", "root", "--port", "none"])).code).toBe(2);
  expect((await doctorScript(["moon"])).code).toBe(2);
});
