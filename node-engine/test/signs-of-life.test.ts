import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Clock, createMetrics, createSilentLogger, systemClock } from "@oak/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  createSignListener,
  type SignListener,
} from "../../cluster-orchestrator/cluster-manager/src/adapters/datagrams/sign-listener.ts";
import { createSignBook } from "../../cluster-orchestrator/cluster-manager/src/use-cases/take-sign-of-life.ts";
import { createNodeEngine, type NodeEngine } from "../src/service.ts";
import { eventually, joinSecret, startTestCluster, type TestCluster } from "./test-cluster.ts";

const timeoutMs = 5_000;
const logger = createSilentLogger();
let folder: string;
let cluster: TestCluster;
let agent: NodeEngine;
let listener: SignListener;
let outcomes: string[];
/** Timers of the agent that have not fired yet. */
let timers: Set<symbol>;

const clock: Clock = {
  ...systemClock,
  setTimer: (ms, fn) => {
    const timer = Symbol();
    timers.add(timer);
    const cancel = systemClock.setTimer(ms, () => {
      timers.delete(timer);
      fn();
    });
    return () => {
      timers.delete(timer);
      cancel();
    };
  },
};

/** A worker that is online, at a cluster that hears signs of life as the real one does. */
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-signs-"));
  outcomes = [];
  timers = new Set();
  const last = new Map<string, { seq: number; atMs: number }>();
  const signs = createSignBook({
    roster: {
      get: (id) => {
        const { session = 0 } = cluster.worker ?? {};
        const sign = last.get(id);
        const facts = {
          liveness: "alive",
          heardAtMs: 0,
          hasReported: true,
          isLegacy: false,
        } as const;
        return { id, session, ...facts, ...(sign !== undefined && { sign }) };
      },
      signed: (id, seq) => void last.set(id, { seq, atMs: 0 }),
    },
    tierSecret: "secret of the tier",
    timeoutMs,
  });
  cluster = await startTestCluster({ signTerms: signs.terms });
  listener = createSignListener({
    address: () => ({ host: "127.0.0.1", port: cluster.httpPort }),
    take: (sign) => {
      const outcome = signs.take(sign);
      outcomes.push(outcome);
      return outcome;
    },
    logger,
    metrics: createMetrics({ service: "cluster" }),
  });
  await listener.start();
  agent = createNodeEngine({
    cluster: { host: "127.0.0.1", port: cluster.httpPort },
    joinSecret,
    stateDir: folder,
    runtime: "fake",
    clock,
    logger,
    metrics: createMetrics({ service: "node-engine" }),
  });
  await agent.start();
  await eventually(() => expect(cluster.heard("information").length).toBeGreaterThan(1));
});
afterEach(async () => {
  await agent.stop();
  await listener.stop();
  await cluster.stop();
  await rm(folder, { recursive: true });
});

test("a worker whose connection stalls shows that it lives, until the connection goes on", async () => {
  expect(outcomes).toEqual([]);
  cluster.setBrokerStalled(true);
  await eventually(() => expect(outcomes.length).toBeGreaterThan(2));
  expect(new Set(outcomes)).toEqual(new Set(["heard"]));

  cluster.setBrokerStalled(false);
  cluster.forgetHeard();
  await eventually(() => expect(cluster.heard("information").length).toBeGreaterThan(3));
  const count = outcomes.length;
  await eventually(() => expect(cluster.heard("information").length).toBeGreaterThan(8));
  expect(outcomes.length).toBe(count);
});

test("a worker that cannot reach the broker shows that it lives, and an agent that stops does not", async () => {
  cluster.setBrokerReachable(false);
  await eventually(() => expect(outcomes.length).toBeGreaterThan(2));
  expect(new Set(outcomes)).toEqual(new Set(["heard"]));

  expect(timers.size).toBeGreaterThan(0);
  await agent.stop();
  // Nothing is left that could send one.
  expect(timers.size).toBe(0);
});
