import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { checkReadiness, createMetrics, createSilentLogger, type Metrics } from "@oak/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { selfSigned } from "../../cluster-orchestrator/mqtt-broker/test/self-signed.ts";
import { createNodeEngine, type NodeEngine, type NodeEngineOptions } from "../src/service.ts";
import { anAssignment } from "./builders.ts";
import {
  aDelete,
  aDeploy,
  aJobId,
  aSync,
  eventually,
  incarnation,
  joinSecret,
  startTestCluster,
  type TestCluster,
} from "./test-cluster.ts";

let folder: string;
let cluster: TestCluster;
let agents: NodeEngine[];
let metrics: Metrics;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-agent-"));
  cluster = await startTestCluster();
  agents = [];
  metrics = createMetrics({ service: "node-engine" });
});
afterEach(async () => {
  for (const agent of agents) await agent.stop();
  await cluster.stop();
  await rm(folder, { recursive: true });
});

function createAgent(options: Partial<NodeEngineOptions>): NodeEngine {
  return createNodeEngine({
    cluster: { host: "127.0.0.1", port: cluster.httpPort },
    stateDir: folder,
    runtime: "fake",
    logger: createSilentLogger(),
    metrics,
    ...options,
  });
}

async function startAgent(options: Partial<NodeEngineOptions> = {}): Promise<NodeEngine> {
  const agent = createAgent({ joinSecret, ...options });
  await agent.start();
  agents.push(agent);
  return agent;
}

/** An agent with one workload. */
async function startRunning(image = "fake/ok"): Promise<NodeEngine> {
  const agent = await startAgent();
  await untilOnline();
  await cluster.send("deploy", aDeploy({ image }));
  await untilReported("RUNNING");
  return agent;
}

async function stopAgent(agent: NodeEngine): Promise<void> {
  agents = agents.filter((one) => one !== agent);
  await agent.stop();
}

const aCopy = { job_id: aJobId, instance_number: 0, epoch: 1, placement: 1 };
const untilOnline = (session = 1) =>
  eventually(() =>
    expect(cluster.heard("inventory")).toContainEqual(expect.objectContaining({ session })),
  );
const untilReported = (status: string) =>
  eventually(() => expect(cluster.heard("job").at(-1)).toMatchObject({ status }));
const readiness = async (agent: NodeEngine) => (await checkReadiness(agent.readiness)).checks;

test("a worker introduces itself, and says that it is online", async () => {
  await startAgent({ name: "edge-1" });
  await untilOnline();

  const [first] = cluster.registrations;
  expect(first?.registration).toMatchObject({
    name: "edge-1",
    node_id: expect.stringMatching(/^[0-9a-f]{24}$/),
    proto: 1,
    token: joinSecret,
    virtualization: ["docker"],
    allocatable: { vcpus: expect.any(Number), memory: expect.any(Number) },
  });
  expect(first?.bearer).toBeUndefined();
  expect(cluster.heard("presence")).toContainEqual({ session: 1, state: "online" });
});

test("a workload that is deployed by MQTT is reported as running", async () => {
  const agent = await startAgent();
  await untilOnline();

  await cluster.send("deploy", aDeploy());

  await untilReported("RUNNING");
  expect(cluster.heard("job").at(-1)).toMatchObject({
    sname: "app.ns.svc.ns",
    instance: 0,
    job_id: aJobId,
    session: 1,
    epoch: 1,
    placement: 1,
  });
  expect(agent.engine?.running()).toHaveLength(1);
});

test("an exclusive workload asks to be named at once, and runs for as long as it is", async () => {
  await cluster.stop();
  cluster = await startTestCluster({ heartbeatMs: 600_000 });
  await startAgent();
  await untilOnline();
  cluster.name([aCopy]);

  await cluster.send("deploy", aDeploy({ exclusiveTtlS: 2 }));

  await untilReported("RUNNING");
  await eventually(() =>
    expect(cluster.heard("job").at(-1)).toMatchObject({
      status: "CREATED",
      status_detail: "Stopped: the cluster was out of reach",
    }),
  );
});

test("leases are on the disk while there are exclusive workloads, and only then", async () => {
  await startAgent();
  await untilOnline();
  await cluster.send("deploy", aDeploy({ instance: 1 }));
  await untilReported("RUNNING");
  expect(await readdir(folder)).not.toContain("leases.json");
  cluster.name([aCopy]);

  await cluster.send("deploy", aDeploy({ exclusiveTtlS: 10, wantRev: 2 }));
  await eventually(async () =>
    expect(JSON.parse(await readFile(path.join(folder, "leases.json"), "utf8"))).toMatchObject({
      leases: [{ key: `${aJobId}/0`, ttl_ms: 10_000, sent_ms: expect.any(Number) }],
    }),
  );
  await cluster.send("delete", aDelete({ wantRev: 3 }));

  await untilReported("UNDEPLOYED");
  await eventually(async () => expect(await readdir(folder)).not.toContain("leases.json"));
});

test("a workload that is deleted by MQTT is reported as undeployed", async () => {
  const agent = await startRunning();

  await cluster.send("delete", aDelete({ wantRev: 2 }));

  await untilReported("UNDEPLOYED");
  expect(agent.engine?.running()).toEqual([]);
});

test("a sync starts what is missing and is answered by an inventory", async () => {
  const agent = await startAgent();
  await untilOnline();
  cluster.forgetHeard();

  await cluster.send("sync", aSync(7, [aDeploy({ wantRev: 3 })]));

  await eventually(() => expect(cluster.heard("inventory").at(-1)).toMatchObject({ want_rev: 7 }));
  await untilReported("RUNNING");
  expect(agent.engine?.running()).toHaveLength(1);
});

test("an inventory is sent when it is asked for", async () => {
  await startRunning();
  cluster.forgetHeard();

  await cluster.send("askInventory", { incarnation });

  await eventually(() =>
    expect(cluster.heard("inventory").at(-1)?.held).toEqual([
      expect.objectContaining({ job_id: aJobId, status: "RUNNING", wanted: true }),
    ]),
  );
});

test("heartbeats go on, with growing numbers and with what has been processed", async () => {
  await startRunning();
  cluster.forgetHeard();

  await eventually(() => expect(cluster.heard("information").length).toBeGreaterThan(3));
  const beats = cluster.heard("information");
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
    expect(cluster.heard("information")).toContainEqual(
      expect.objectContaining({ vcpus: expect.any(Number), virtualization: ["docker"] }),
    ),
  );
  await eventually(() => {
    const last = cluster.heard("information").at(-1);
    expect(last).not.toHaveProperty("vcpus");
  });
});

test("figures of a workload are decimal strings, with the end of its log", async () => {
  await startRunning();

  await eventually(() =>
    expect(cluster.heard("resources").flatMap(({ services }) => services)).toContainEqual({
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

  await cluster.sendRaw(suffix, Buffer.from(payload));
  await cluster.send("deploy", aDeploy({ instance: 1, wantRev: 2 }));

  await eventually(() =>
    expect(cluster.heard("job")).toContainEqual(
      expect.objectContaining({ instance: 1, status: "RUNNING" }),
    ),
  );
  expect(await metrics.render()).toMatch(
    new RegExp(`commands_total{command="${name}",outcome="malformed"[^}]*} 1$`, "m"),
  );
});

test("a broker that is started anew finds its worker again, under the same session", async () => {
  const agent = await startRunning();
  const [before] = agent.engine?.running() ?? [];
  cluster.setBrokerReachable(false);
  await eventually(async () => expect((await readiness(agent)).mqtt?.ok).toBe(false));
  await cluster.restartBroker();
  cluster.forgetHeard();

  cluster.setBrokerReachable(true);

  await untilOnline(1);
  expect(agent.engine?.running()).toEqual([before]);
  expect(cluster.registrations).toHaveLength(1);
});

test("what changed while the broker was away is in the inventory of the return", async () => {
  const agent = await startRunning();
  cluster.setBrokerReachable(false);
  await agent.engine?.upsert(anAssignment({ instance_number: 5, job_id: aJobId }));
  cluster.forgetHeard();

  cluster.setBrokerReachable(true);

  await untilOnline(1);
  expect(cluster.heard("inventory").at(-1)?.held).toHaveLength(2);
  expect(cluster.heard("job")).toEqual([]);
});

test("a cut connection is announced by the will, with the session", async () => {
  await startRunning();
  cluster.forgetHeard();

  cluster.setBrokerReachable(false);

  await eventually(() =>
    expect(cluster.heard("presence")).toEqual([{ session: 1, state: "agent_lost" }]),
  );
});

test("a wrong join secret is named, and tried again until it is right", async () => {
  const agent = await startAgent({ joinSecret: "a-wrong-secret-of-somebody" });

  await eventually(async () =>
    expect((await readiness(agent)).registration).toEqual({
      ok: false,
      reason: expect.stringMatching(/^OAK_WORKER_JOIN_SECRET is not the join secret/),
    }),
  );
  cluster.joinSecret = "a-wrong-secret-of-somebody";
  await untilOnline();
});

test("without a join secret the worker says that it needs one", async () => {
  const agent = createAgent({});
  await agent.start();
  agents.push(agent);

  await eventually(async () =>
    expect((await readiness(agent)).registration?.reason).toMatch(/set OAK_WORKER_JOIN_SECRET/),
  );
});

test("an identity that lives elsewhere is tried again, not given up", async () => {
  cluster.refuse = { status: 409, error: "worker_alive_elsewhere" };
  const agent = await startAgent();
  await eventually(() => expect(cluster.registrations.length).toBeGreaterThan(1));
  expect((await readiness(agent)).registration?.reason).toMatch(/alive on another system/);

  cluster.refuse = undefined;

  await untilOnline();
});

test("a cluster that does not know the session gets a new one, and an inventory of it", async () => {
  const agent = await startRunning();
  const [before] = agent.engine?.running() ?? [];

  await cluster.send("error", { message: "unknown session", register_again: true });

  await untilOnline(2);
  expect(agent.engine?.running()[0]?.handle).toBe(before?.handle);
  expect(cluster.registrations[1]?.bearer).toBe(cluster.worker?.password);
});

test("any number of calls to register again make one registration", async () => {
  await startRunning();

  for (let times = 0; times < 5; times += 1) {
    await cluster.send("error", { message: "unknown session", register_again: true });
  }

  await untilOnline(2);
  await eventually(() => expect(cluster.heard("information").at(-1)?.session).toBe(2));
  expect(cluster.registrations).toHaveLength(2);
});

test("an error without that wish is left alone", async () => {
  await startRunning();
  cluster.forgetHeard();

  await cluster.send("error", { message: "something else" });

  await eventually(() => expect(cluster.heard("information").length).toBeGreaterThan(2));
  expect(cluster.registrations).toHaveLength(1);
});

test("a password that is refused is replaced by a new registration", async () => {
  await startRunning();

  cluster.revokePassword();

  await untilOnline(2);
});

test("a session that was taken over is taken back while the cluster lets it", async () => {
  await startRunning();
  cluster.forgetHeard();

  const rival = await cluster.connectAsWorker();

  await untilOnline(1);
  expect(rival.connected).toBe(false);
});

test("a worker that may not register does not fight for the connection", async () => {
  const agent = await startRunning();
  cluster.refuse = { status: 409, error: "worker_alive_elsewhere" };
  await cluster.send("error", { message: "another one has registered", register_again: true });
  await eventually(async () => expect((await readiness(agent)).registration?.ok).toBe(false));

  const rival = await cluster.connectAsWorker();

  const tried = cluster.registrations.length;
  await eventually(() => expect(cluster.registrations.length).toBeGreaterThan(tried + 1));
  expect(rival.connected).toBe(true);
  expect(agent.engine?.running()).toHaveLength(1);
});

test("after a restart the same workload goes on under a new session", async () => {
  const first = await startRunning();
  const [before] = first.engine?.running() ?? [];
  await stopAgent(first);

  const second = await startAgent();

  await untilOnline(2);
  expect(second.engine?.running()).toEqual([before]);
  expect(second.workerId()).toBe(cluster.worker?.id);
  expect(cluster.heard("inventory").at(-1)).toMatchObject({
    want_rev: 1,
    held: [{ status: "RUNNING" }],
  });
});

test("the credential is kept where nobody else can read it", async () => {
  await startRunning();

  const file = path.join(folder, "agent.json");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, "utf8")).toContain(cluster.worker?.password);
});

test("a damaged agent state is set aside, and the worker joins again as the same node", async () => {
  const first = await startRunning();
  await stopAgent(first);
  await writeFile(path.join(folder, "agent.json"), "{ half");

  await startAgent();

  await untilOnline(2);
  const nodes = cluster.registrations.map(({ registration }) => registration.node_id);
  expect(nodes[1]).toBe(nodes[0]);
  expect(await readdir(folder)).toContain("agent.json.corrupt");
});

test("without its cluster an agent takes up what runs, and restarts what crashes", async () => {
  await stopAgent(await startRunning("fake/exit:1:after=1s"));
  cluster.refuse = { status: 503, error: "unavailable" };
  const agent = await startAgent();

  await eventually(() =>
    expect(agent.engine?.status()).toEqual([
      expect.objectContaining({ status: "RUNNING", restarts: 1 }),
    ]),
  );
  expect(agent.workerId()).toBe(cluster.worker?.id);
  expect(await readiness(agent)).toMatchObject({
    registration: { ok: false },
    mqtt: { ok: false },
    runtime: { ok: true },
  });
});

test("a second agent with the same state directory is refused", async () => {
  await startAgent();

  await expect(startAgent()).rejects.toThrow(/Another node engine runs/);
});

test("a plain stop leaves workloads running and says only that the agent is gone", async () => {
  const agent = await startRunning();
  cluster.forgetHeard();

  await stopAgent(agent);

  await eventually(() =>
    expect(cluster.heard("presence")).toEqual([{ session: 1, state: "agent_lost" }]),
  );
  expect(cluster.heard("job")).toEqual([]);
  expect((await startAgent()).engine?.running()).toHaveLength(1);
});

test("draining says farewell first, then ends everything and reports it", async () => {
  const agent = await startRunning();
  cluster.forgetHeard();

  expect(await agent.drain()).toBe(true);
  await stopAgent(agent);

  await untilReported("DEAD");
  expect(cluster.heard("job").at(-1)).toMatchObject({ reason: "drained" });
  expect(new Set(cluster.heard("presence").map(({ state }) => state))).toEqual(
    new Set(["leaving"]),
  );
  expect(cluster.order().indexOf("presence")).toBeLessThan(cluster.order().indexOf("job"));
});

test("TLS is spoken when the cluster's authority is given", async () => {
  const identity = selfSigned("localhost");
  await cluster.restartBroker(identity);

  await startAgent({
    cluster: { host: "localhost", port: cluster.httpPort },
    mqttCa: Buffer.from(identity.cert),
  });

  await untilOnline();
});

test("a broker with a certificate of somebody else is not spoken to", async () => {
  await cluster.restartBroker(selfSigned("localhost"));

  const agent = await startAgent({
    cluster: { host: "localhost", port: cluster.httpPort },
    mqttCa: Buffer.from(selfSigned("localhost").cert),
  });

  await eventually(async () =>
    expect((await readiness(agent)).mqtt?.reason).toMatch(/certificate|self-signed/),
  );
  expect(cluster.heard("presence")).toEqual([]);
});
