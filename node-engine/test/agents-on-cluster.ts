import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { checkReadiness, createMetrics, createSilentLogger, type Metrics } from "@oak/kit";
import { afterEach, beforeEach, expect } from "vitest";
import { createNodeEngine, type NodeEngine, type NodeEngineOptions } from "../src/service.ts";
import { aDeploy } from "./commands.ts";
import {
  eventually,
  joinSecret,
  startTestCluster,
  type TestCluster,
  type TestClusterOptions,
} from "./test-cluster.ts";

/** What each test of a file has anew: a cluster, and agents that share one state folder. */
export interface AgentBed {
  readonly cluster: TestCluster;
  readonly folder: string;
  /** Of all agents. */
  readonly metrics: Metrics;
  /** Another cluster in place of the one that the test began with. */
  replaceCluster(options: TestClusterOptions): Promise<void>;
  startAgent(options?: Partial<NodeEngineOptions>): Promise<NodeEngine>;
  /** An agent without a join secret. */
  startStranger(): Promise<NodeEngine>;
  /** An agent with one workload. */
  startRunning(image?: string): Promise<NodeEngine>;
  stopAgent(agent: NodeEngine): Promise<void>;
  untilOnline(session?: number): Promise<void>;
  /** The last report of a workload says so. */
  untilReported(status: string): Promise<void>;
  readiness(agent: NodeEngine): Promise<Awaited<ReturnType<typeof checkReadiness>>["checks"]>;
}

/** To be called at the top of a file; its parts are there inside of tests. */
export function shareAgentBed(): AgentBed {
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

  const start = async (options: Partial<NodeEngineOptions>): Promise<NodeEngine> => {
    const agent = createNodeEngine({
      cluster: { host: "127.0.0.1", port: cluster.httpPort },
      stateDir: folder,
      runtime: "fake",
      logger: createSilentLogger(),
      metrics,
      ...options,
    });
    await agent.start();
    agents.push(agent);
    return agent;
  };
  const startAgent: AgentBed["startAgent"] = (options) => start({ joinSecret, ...options });
  const untilOnline = (session = 1): Promise<void> =>
    eventually(() =>
      expect(cluster.heard("inventory")).toContainEqual(expect.objectContaining({ session })),
    );
  const untilReported = (status: string): Promise<void> =>
    eventually(() => expect(cluster.heard("job").at(-1)).toMatchObject({ status }));

  return {
    get cluster() {
      return cluster;
    },
    get folder() {
      return folder;
    },
    get metrics() {
      return metrics;
    },
    replaceCluster: async (options) => {
      await cluster.stop();
      cluster = await startTestCluster(options);
    },
    startAgent,
    startStranger: () => start({}),
    startRunning: async (image = "fake/ok") => {
      const agent = await startAgent();
      await untilOnline();
      await cluster.send("deploy", aDeploy({ image }));
      await untilReported("RUNNING");
      return agent;
    },
    stopAgent: async (agent) => {
      agents = agents.filter((one) => one !== agent);
      await agent.stop();
    },
    untilOnline,
    untilReported,
    readiness: async (agent) => (await checkReadiness(agent.readiness)).checks,
  };
}
