import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../kit/test/eventually.ts";
import type { Ended, Machine } from "./machine.ts";
import {
  bootWithWorker,
  goodOptions,
  installer,
  type MadeWorker,
  makeWorker,
  testFolder,
} from "./made-worker.ts";

// One machine's life: each test takes it as the one before has left it.
let worker: MadeWorker;
let machine: Machine;
let bare: string[];

beforeAll(async () => {
  worker = await makeWorker();
  machine = await bootWithWorker(worker);
  bare = await machine.files();
}, 60_000);

afterAll(async () => {
  await machine?.close();
  await worker?.remove();
});

const told = async (unit: string) => (await machine.read(`/run/units/${unit}.notify`)).split("\n");
const pidOf = async (unit: string) => (await machine.read(`/run/units/${unit}.pid`)).trim();
const nodeId = () => machine.read("/var/lib/oakestra/node-engine/node-id");

/** Without what the agents write by themselves, at any time. */
async function installed(): Promise<string[]> {
  const own = /^\/var\/lib\/oakestra\/|\.tmp>$/;
  return (await machine.files()).filter((file) => !own.test(file));
}

function expectGood({ code, stderr }: Ended): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

test("a bare machine becomes a worker, and both agents say that they are ready", async () => {
  const ended = await machine.run([installer, ...goodOptions, "--name", "attic"]);
  expectGood(ended);
  expect(ended.stdout).toContain("in the cluster");
  for (const unit of ["nodeengine", "netmanager"]) {
    const lines = await told(unit);
    expect(lines[0]).toBe("READY=1 STATUS=started");
    expect(lines).toContain("WATCHDOG=1");
  }
  await eventually(async () =>
    (await told("nodeengine")).some((line) => line.startsWith("STATUS=waiting for mqtt")),
  );
}, 60_000);

test("systemd accepts the units as they stand", async () => {
  const units = ["nodeengine.service", "netmanager.service"];
  expectGood(await machine.run(["systemd-analyze", "verify", ...units]));
});

test("the agents have the capabilities of their units and no others", async () => {
  const effective = async (unit: string): Promise<bigint> => {
    const status = await machine.read(`/proc/${await pidOf(unit)}/status`);
    return BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(status)?.[1]}`);
  };
  expect(await effective("nodeengine")).toBe(0n);
  const [bindService, netAdmin, ptrace, sysAdmin] = [10n, 12n, 19n, 21n];
  const wanted = [bindService, netAdmin, ptrace, sysAdmin].map((bit) => 1n << bit);
  expect(await effective("netmanager")).toBe(wanted.reduce((sum, bit) => sum | bit, 0n));
});

test("the commands answer, as a user calls them", async () => {
  expect((await machine.run(["NodeEngine", "version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await machine.run(["NetManager", "version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(JSON.parse((await machine.run(["NetManager", "status"])).stdout)).toMatchObject({
    attached: 0,
  });
  expect((await machine.run(["NetManager", "table"])).stdout).toContain("SERVICE");
  expect((await machine.run(["NodeEngine", "config"])).stdout).toContain("NODE_NAME=attic");
  expect((await machine.run(["NodeEngine", "fly"])).code).toBe(2);
});

test("only root reads the join secret", async () => {
  const { stdout } = await machine.run(["stat", "--format", "%a %U", "/etc/oakestra/worker.env"]);
  expect(stdout).toBe("600 root\n");
});

test("the same again is an upgrade: agents start anew, as the same worker", async () => {
  const before = {
    id: await nodeId(),
    files: await installed(),
    pid: await pidOf("nodeengine"),
  };
  expectGood(await machine.run([installer]));
  expect(await nodeId()).toBe(before.id);
  expect(await pidOf("nodeengine")).not.toBe(before.pid);
  expect(await installed()).toEqual(before.files);
}, 60_000);

test("an upgrade that does not start gives way to what was there", async () => {
  const before = { id: await nodeId(), files: await installed() };
  const copy = `${testFolder}/broken`;
  await machine.run(["cp", "-r", `${testFolder}/worker`, copy]);
  await machine.run([
    "sh",
    "-c",
    `echo 'throw new Error("broken on purpose")' >${copy}/node-engine/main.js`,
  ]);
  const { code, stderr } = await machine.run([installer, "--from", copy, "--name", "other"]);
  expect(code).toBe(1);
  expect(stderr).toContain("nodeengine does not start");
  expect(stderr).toContain("put back as it was");
  expect({ id: await nodeId(), files: await installed() }).toEqual(before);
  expect((await machine.run(["systemctl", "is-active", "nodeengine"])).code).toBe(0);
  expect((await machine.run(["NodeEngine", "config"])).stdout).toContain("NODE_NAME=attic");
}, 60_000);

test("NodeEngine stops and starts the worker", async () => {
  expectGood(await machine.run(["NodeEngine", "stop"]));
  expect((await machine.run(["systemctl", "is-active", "nodeengine"])).code).toBe(3);
  expect((await told("nodeengine")).join("\n")).toContain("STOPPING=1");
  expectGood(await machine.run(["NodeEngine", "-d"]));
  expect((await machine.run(["systemctl", "is-active", "nodeengine"])).code).toBe(0);
}, 30_000);

test("taken out with its data kept, and installed again, it is the same worker", async () => {
  const id = await nodeId();
  expectGood(await machine.run(["/opt/oak/install-worker.sh", "--uninstall", "--keep-data"]));
  expect(await machine.files()).not.toContain("/opt/oak>");
  expectGood(await machine.run([installer]));
  expect(await nodeId()).toBe(id);
}, 60_000);

test("taken out it leaves nothing", async () => {
  expectGood(await machine.run(["/opt/oak/install-worker.sh", "--uninstall"]));
  expect(madeByIt(await machine.files())).toEqual([]);
  expect((await machine.run(["nft", "list", "ruleset"])).stdout).toBe("");
  expect((await machine.run(["ip", "-o", "link"])).stdout.trim().split("\n")).toHaveLength(1);
  const { stdout } = await machine.run(["sh", "-c", "cat /proc/[0-9]*/cmdline"]);
  expect(stdout).not.toContain("/opt/oak");
}, 30_000);

test("taken out twice is no fault", async () => {
  const ended = await machine.run([installer, "--uninstall"]);
  expectGood(ended);
  expect(ended.stdout).toContain("There is no worker here");
});

/** What the check of the units writes is no trace of ours. */
function madeByIt(files: readonly string[]): string[] {
  const known = ["/run/systemd/systemd-units-load>"];
  return files.filter((file) => !bare.includes(file) && !known.includes(file));
}
