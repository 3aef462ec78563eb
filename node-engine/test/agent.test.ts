import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { checkReadiness, createMetrics, createSilentLogger } from "@oak/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createNodeEngine, type NodeEngine, type NodeEngineOptions } from "../src/service.ts";
import {
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

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-agent-"));
  cluster = await startTestCluster();
  agents = [];
});
afterEach(async () => {
  for (const agent of agents) await agent.stop();
  await cluster.stop();
  await rm(folder, { recursive: true });
});

const metrics = createMetrics({ service: "node-engine" });

async function startAgent(options: Partial<NodeEngineOptions> = {}): Promise<NodeEngine> {
  const agent = createNodeEngine({
    cluster: { host: "127.0.0.1", port: cluster.httpPort },
    joinSecret,
    stateDir: folder,
    runtime: "fake",
    logger: createSilentLogger(),
    metrics,
    ...options,
  });
  await agent.start();
  agents.push(agent);
  return agent;
}

async function stopAgent(agent: NodeEngine): Promise<void> {
  agents = agents.filter((one) => one !== agent);
  await agent.stop();
}

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
  const { registration, bearer } = cluster.registrations[0]!;
  expect(registration).toMatchObject({
    name: "edge-1",
    node_id: expect.stringMatching(/^[0-9a-f]{24}$/),
    proto: 1,
    token: joinSecret,
    virtualization: ["docker"],
    allocatable: { vcpus: expect.any(Number), memory: expect.any(Number) },
  });
  expect(bearer).toBeUndefined();
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
