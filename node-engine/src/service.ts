import { randomBytes } from "node:crypto";
import {
  type Clock,
  type Logger,
  type Metrics,
  type ReadinessChecks,
  type Secret,
  systemClock,
} from "@oak/kit";
import { type Agent, createAgent } from "./agent.ts";
import type { NetworkChoice } from "./create-network.ts";
import type { Engine } from "./engine.ts";
import { loadNodeId } from "./host/node-identity.ts";
import { createSingleAgent, type SingleAgent } from "./host/single-agent.ts";
import { drainWorker } from "./use-cases/drain-worker.ts";

export interface NodeEngineOptions {
  /** The cluster-manager; the broker is expected on the same host. */
  cluster: { host: string; port: number };
  /** Needed for the first registration only. */
  joinSecret?: Secret | string;
  /** Name of the node; absent: the hostname. */
  name?: string;
  /** Made when absent. Holds the identity, the credential and the assignments of this worker. */
  stateDir: string;
  runtime?: "docker" | "fake";
  /** Absent: `off`. */
  network?: NetworkChoice;
  /** Marks what belongs to this worker in a shared Docker; absent: the node id. */
  engineId?: string;
  /** Absent: `DOCKER_HOST` or the usual socket. */
  dockerSocketPath?: string;
  /** Certificate authority of the broker, PEM; absent: plain TCP. */
  mqttCa?: Buffer;
  logger: Logger;
  metrics: Metrics;
  clock?: Clock;
  /** Numbers in [0, 1). */
  random?: () => number;
}

/** The agent of one worker. */
export interface NodeEngine {
  /**
   * Takes up what runs here, then seeks contact in the background: neither the cluster nor the runtime
   * has to be there.
   * @throws Error when the state directory cannot be used, or another agent of this node runs.
   */
  start(): Promise<void>;
  /** Ends the agent. Workloads go on. */
  stop(): Promise<void>;
  /**
   * Says that this worker leaves, and stops all its workloads. Answers whether all are gone within
   * `timeoutMs`. `stop` comes after it.
   */
  drain(options?: { timeoutMs?: number }): Promise<boolean>;
  /** As the cluster calls this worker; undefined before the first registration. */
  workerId(): string | undefined;
  /** undefined unless started. */
  readonly engine: Engine | undefined;
  /** What is missing until it can take work: `registration`, `mqtt`, `runtime`. */
  readonly readiness: ReadinessChecks;
}

const defaultDrainMs = 60_000;

export function createNodeEngine(options: NodeEngineOptions): NodeEngine {
  const { clock = systemClock, random = Math.random, stateDir } = options;
  let agent: Agent | undefined;
  let guard: SingleAgent | undefined;

  const start = async (): Promise<void> => {
    if (agent !== undefined) return;
    const nodeId = await loadNodeId(stateDir, () => randomBytes(12).toString("hex"));
    const alone = createSingleAgent(nodeId);
    await alone.start();
    try {
      const { runtime: runtimeKind = "docker", ...rest } = options;
      const next = await createAgent({ ...rest, runtimeKind, clock, random, nodeId });
      await next.start();
      agent = next;
      guard = alone;
    } catch (error) {
      await alone.stop();
      throw error;
    }
  };

  return {
    start,
    stop: async () => {
      const ending = agent;
      agent = undefined;
      await ending?.stop();
      await guard?.stop();
    },
    drain: async ({ timeoutMs = defaultDrainMs } = {}) =>
      agent === undefined || drainWorker({ ...agent, clock, timeoutMs }),
    workerId: () => agent?.workerId(),
    get engine() {
      return agent?.engine;
    },
    readiness: createReadiness(() => agent),
  };
}

function createReadiness(agentOf: () => Agent | undefined): ReadinessChecks {
  const check = (faultOf: (agent: Agent) => string | undefined) => async (): Promise<void> => {
    const agent = agentOf();
    const fault = agent === undefined ? "not started" : faultOf(agent);
    if (fault !== undefined) throw new Error(fault);
  };
  return {
    registration: check(({ contact, trouble }) =>
      contact.state().kind === "joining" ? (trouble()?.detail ?? "under way") : undefined,
    ),
    mqtt: check(({ contact }) => {
      const state = contact.state();
      if (state.kind === "online") return undefined;
      return (state.kind === "connecting" && state.trouble) || "not connected";
    }),
    runtime: check(({ engine }) =>
      engine.health().isRuntimeAvailable ? undefined : "does not answer",
    ),
  };
}
