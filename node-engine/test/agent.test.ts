import { expect, test } from "vitest";
import { shareAgentBed } from "./agents-on-cluster.ts";
import { aJobId } from "./builders.ts";
import { aDelete, aDeploy, aSync, incarnation } from "./commands.ts";
import { eventually, joinSecret } from "./test-cluster.ts";

const bed = shareAgentBed();
const { startAgent, startRunning, untilOnline, untilReported } = bed;

test("a worker introduces itself, and says that it is online", async () => {
  await startAgent({ name: "edge-1" });
  await untilOnline();

  const [first] = bed.cluster.registrations;
  expect(first?.registration).toMatchObject({
    name: "edge-1",
    node_id: expect.stringMatching(/^[0-9a-f]{24}$/),
    proto: 1,
    token: joinSecret,
    virtualization: ["docker"],
    allocatable: { vcpus: expect.any(Number), memory: expect.any(Number) },
  });
  expect(first?.bearer).toBeUndefined();
  expect(bed.cluster.heard("presence")).toContainEqual({ session: 1, state: "online" });
});

test("a workload that is deployed by MQTT is reported as running", async () => {
  const agent = await startAgent();
  await untilOnline();

  await bed.cluster.send("deploy", aDeploy());

  await untilReported("RUNNING");
  expect(bed.cluster.heard("job").at(-1)).toMatchObject({
    sname: "app.ns.svc.ns",
    instance: 0,
    job_id: aJobId,
    session: 1,
    epoch: 1,
    placement: 1,
  });
  expect(agent.engine?.running()).toHaveLength(1);
});

test("a workload that is deleted by MQTT is reported as undeployed", async () => {
  const agent = await startRunning();

  await bed.cluster.send("delete", aDelete({ wantRev: 2 }));

  await untilReported("UNDEPLOYED");
  expect(agent.engine?.running()).toEqual([]);
});

test("a sync starts what is missing and is answered by an inventory", async () => {
  const agent = await startAgent();
  await untilOnline();
  bed.cluster.forgetHeard();

  await bed.cluster.send("sync", aSync(7, [aDeploy({ wantRev: 3 })]));

  await eventually(() =>
    expect(bed.cluster.heard("inventory").at(-1)).toMatchObject({ want_rev: 7 }),
  );
  await untilReported("RUNNING");
  expect(agent.engine?.running()).toHaveLength(1);
});

test("an inventory is sent when it is asked for", async () => {
  await startRunning();
  bed.cluster.forgetHeard();

  await bed.cluster.send("askInventory", { incarnation });

  await eventually(() =>
    expect(bed.cluster.heard("inventory").at(-1)?.held).toEqual([
      expect.objectContaining({ job_id: aJobId, status: "RUNNING", wanted: true }),
    ]),
  );
});

test("heartbeats go on, with growing numbers and with what has been processed", async () => {
  await startRunning();
  bed.cluster.forgetHeard();

  await eventually(() => expect(bed.cluster.heard("information").length).toBeGreaterThan(3));
  const beats = bed.cluster.heard("information");
  expect(beats.at(-1)).toMatchObject({
    session: 1,
    want_rev: 1,
    digest: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  const numbers = beats.map(({ seq }) => seq ?? 0);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
});

test("the figures of the machine come with a heartbeat soon after each connection", async () => {
  await startAgent();
  await untilOnline();

  await eventually(() =>
    expect(bed.cluster.heard("information")).toContainEqual(
      expect.objectContaining({ vcpus: expect.any(Number), virtualization: ["docker"] }),
    ),
  );
  await eventually(() => {
    const last = bed.cluster.heard("information").at(-1);
    expect(last).not.toHaveProperty("vcpus");
  });
});

test("figures of a workload are decimal strings, with the end of its log", async () => {
  await startRunning();

  await eventually(() =>
    expect(bed.cluster.heard("resources").flatMap(({ services }) => services)).toContainEqual({
      job_name: "app.ns.svc.ns",
      instance: 0,
      job_id: aJobId,
      epoch: 1,
      placement: 1,
      virtualization: "docker",
      cpu_percent: "1.000",
      memory_percent: expect.stringMatching(/^\d+\.\d{3}$/),
      logs: "ready: fake/ok\n",
    }),
  );
});

test.each([
  ["deploy", "deploy", "{"],
  ["deploy", "deploy", JSON.stringify({ ...aDeploy(), instance_number: "none" })],
  ["delete", "delete", "[]"],
  ["sync", "sync", "\u0000\u0001"],
  ["inventory", "askInventory", ""],
  ["error", "error", "5"],
  ["nonsense", "unknown", "{}"],
])("garbage on control/%s is counted (as %s) and dropped: %j", async (suffix, name, payload) => {
  await startRunning();

  await bed.cluster.sendRaw(suffix, Buffer.from(payload));
  await bed.cluster.send("deploy", aDeploy({ instance: 1, wantRev: 2 }));

  await eventually(() =>
    expect(bed.cluster.heard("job")).toContainEqual(
      expect.objectContaining({ instance: 1, status: "RUNNING" }),
    ),
  );
  expect(await bed.metrics.render()).toMatch(
    new RegExp(`commands_total{command="${name}",outcome="malformed"[^}]*} 1$`, "m"),
  );
});
