import { readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { anAttach, aTable, eventually, web } from "./harness.ts";
import { kernelState, type RealHarness, startRealHarness } from "./real-harness.ts";

/** `net:[4026532992]` */
const numberOf = (pid: number): string => readlinkSync(`/proc/${pid}/ns/net`);

const canMakeNamespaces = process.getuid?.() === 0;

describe.skipIf(!canMakeNamespaces)("namespaces that vanish", () => {
  let harness: RealHarness;

  beforeEach(async () => {
    harness = await startRealHarness();
    await harness.register();
    harness.cluster.tables.set(web, aTable({ 0: null, 1: null }));
  });

  afterEach(() => harness.stop());

  const attach = (pid: number, overrides: object = {}) =>
    harness.post("/container/deploy", anAttach({ pid, ...overrides })) as Promise<{
      nsAddress: string;
      slot: string;
    }>;
  const attached = () => harness.manager.agent.status().attached;
  const stored = async (): Promise<{ attachments: unknown[] }> =>
    JSON.parse(await readFile(path.join(harness.folder, "state", "state.json"), "utf8"));

  test("an instance whose namespace is gone is attached no more", async () => {
    const { plane, machine, bed } = harness;
    await eventually(() => expect(harness.manager.agent.status().isConnected).toBe(true));
    const before = kernelState(machine);
    const workload = await bed.workload("web");
    await attach(workload.pid, { portMappings: "0:80" });
    await workload.end();
    await eventually(() => expect(attached()).toBe(0));
    expect(plane.slots()).toEqual([]);
    await eventually(async () => expect((await stored()).attachments).toEqual([]));
    await harness.post("/container/undeploy", anAttach());
    await eventually(() => expect(kernelState(machine)).toEqual(before));
  });

  test("what is attached goes on after a restart, with the same address", async () => {
    const { bed, machine } = harness;
    const workload = await bed.workload("web");
    const spare = await bed.workload("spare");
    const { nsAddress } = await attach(workload.pid);
    await harness.post("/container/prepare", { pid: spare.pid });
    // The kernel tells of a carrier a moment after it is there.
    const before = await eventually(() => {
      const links = machine.run("ip", "-o", "link", "show", "type", "veth");
      expect(links).not.toContain("NO-CARRIER");
      return links;
    });
    await harness.restart();
    expect(machine.run("ip", "-o", "link", "show", "type", "veth")).toBe(before);
    expect(attached()).toBe(1);
    expect(harness.plane.slots()).toHaveLength(2);
    await harness.register();
    expect(await attach(workload.pid)).toMatchObject({ nsAddress });
  });

  test("what has gone while no net-manager ran is given back", async () => {
    const { bed, machine } = harness;
    const before = kernelState(machine);
    const [gone, spare, kept] = await Promise.all(
      ["gone", "spare", "kept"].map((name) => bed.workload(name)),
    );
    if (gone === undefined || spare === undefined || kept === undefined) throw new Error("none");
    await attach(gone.pid);
    await attach(kept.pid, { instanceNumber: 1 });
    await harness.post("/container/prepare", { pid: spare.pid });
    await harness.restart(async () => {
      await gone.end();
      await spare.end();
    });
    expect(attached()).toBe(1);
    expect(harness.plane.slots()).toHaveLength(1);
    // What was not heard is told when both are back.
    await harness.register();
    await harness.post("/container/undeploy", anAttach());
    await harness.post("/container/undeploy", anAttach({ instanceNumber: 1 }));
    await eventually(() => expect(kernelState(machine)).toEqual(before));
  });

  test("a namespace with the number of one that is gone gets a slot of its own", async () => {
    const { bed, plane } = harness;
    const { run } = harness.machine;
    const ports = () => run("ip", "-o", "link").match(/oakp/g)?.length ?? 0;
    const [first = 0] = bed.emptyNamespaces(1);
    const number = numberOf(first);
    const { slot, nsAddress } = await attach(first);
    process.kill(first, "SIGKILL");
    await eventually(() => expect(ports()).toBe(0));
    // The kernel gives the lowest free number, also to others on this machine: of many namespaces one has it.
    const second = await eventually(() => {
      const made = bed.emptyNamespaces(12);
      const found = made.find((pid) => numberOf(pid) === number);
      for (const pid of made) if (pid !== found) process.kill(pid, "SIGKILL");
      expect(found).toBeDefined();
      return found ?? 0;
    });
    const next = await attach(second, { instanceNumber: 1 });
    expect(next.slot).toBe(slot);
    expect(next.nsAddress).not.toBe(nsAddress);
    await eventually(() => expect(attached()).toBe(1));
    expect(plane.slots()).toMatchObject([{ id: next.slot, namespace: { v4: next.nsAddress } }]);
    expect(ports()).toBe(1);
  });

  test("a process that is gone is named, and nothing is made", async () => {
    const { bed, machine } = harness;
    const gone = await bed.workload("gone");
    await gone.end();
    const before = kernelState(machine);
    const detail = `There is no process ${gone.pid}`;
    const refusal = {
      status: 404,
      code: "process_gone",
      body: { message: expect.stringContaining(detail) },
    };
    await expect(attach(gone.pid)).rejects.toMatchObject(refusal);
    await expect(harness.post("/container/prepare", { pid: gone.pid })).rejects.toMatchObject(
      refusal,
    );
    expect(kernelState(machine)).toEqual(before);
  });
});
