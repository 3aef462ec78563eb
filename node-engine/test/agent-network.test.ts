import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { systemClock } from "@oak/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFakeNamespaces } from "../src/adapters/fake/fake-namespaces.ts";
import {
  type AgentProcess,
  allowForProcesses,
  eventually,
  startAgentProcess,
} from "./agent-process.ts";
import { aDeploy } from "./commands.ts";
import { createStubNetManager, type StubNetManager } from "./stub-net-manager.ts";
import { joinSecret, startTestCluster, type TestCluster } from "./test-cluster.ts";

allowForProcesses();

const isRoot = process.getuid?.() === 0;
let folder: string;
let cluster: TestCluster;
let netManager: StubNetManager;
let engineId: string;
let agents: AgentProcess[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-agent-"));
  engineId = randomBytes(12).toString("hex");
  agents = [];
  cluster = await startTestCluster();
  netManager = createStubNetManager(path.join(folder, "net.sock"));
});
afterEach(async () => {
  for (const agent of agents) await agent.end("SIGKILL");
  const namespaces = createFakeNamespaces({ engineId, clock: systemClock });
  for (const { handle } of await namespaces.list()) await namespaces.remove(handle);
  await netManager.close();
  await cluster.stop();
  await rm(folder, { recursive: true });
});

function startAgent(): AgentProcess {
  const agent = startAgentProcess({
    OAK_CLUSTER_ADDRESS: "127.0.0.1",
    OAK_CLUSTER_PORT: String(cluster.httpPort),
    OAK_WORKER_JOIN_SECRET: joinSecret,
    OAK_STATE_DIR: folder,
    OAK_ENGINE_ID: engineId,
    OAK_RUNTIME: "fake",
    OAK_NETWORK_SOCKET: path.join(folder, "net.sock"),
  });
  agents.push(agent);
  return agent;
}

test.runIf(isRoot)(
  "where a net-manager is installed it is told who the worker is, and connects its workloads when it comes",
  async () => {
    // Installed, and slower to start than the agent.
    await writeFile(path.join(folder, "netcfg.json"), "{}");
    startAgent();
    await eventually(() => expect(cluster.heard("inventory")).not.toEqual([]));
    await cluster.send("deploy", aDeploy());
    await eventually(() =>
      expect(cluster.heard("job")).toContainEqual(
        expect.objectContaining({ status: "CREATING", reason: "network_unavailable" }),
      ),
    );
    await netManager.listen();
    await eventually(() => expect(netManager.attached.size).toBe(1));
    expect(netManager.registration()).toMatchObject({
      cluster_address: "127.0.0.1",
      broker: { username: expect.any(String), password: expect.any(String), tls: false },
    });
    await eventually(() =>
      expect(cluster.heard("job")).toContainEqual(expect.objectContaining({ status: "RUNNING" })),
    );
  },
);

test.runIf(isRoot)(
  "an agent that comes back connects its workloads again, whether its cluster answers or not",
  async () => {
    await netManager.listen();
    const first = startAgent();
    await eventually(() => expect(cluster.heard("inventory")).not.toEqual([]));
    await cluster.send("deploy", aDeploy());
    await eventually(() => expect(netManager.attached.size).toBe(1));
    const [before] = netManager.attached.values();
    await first.end("SIGKILL");
    cluster.refuse = { status: 503, error: "not_now" };
    await netManager.restart();
    startAgent();
    await eventually(() => expect([...netManager.attached.values()]).toEqual([before]));
  },
);
