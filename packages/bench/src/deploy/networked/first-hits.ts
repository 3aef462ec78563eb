import { setTimeout as delay } from "node:timers/promises";
import type { TestBed } from "@oak/testkit";
import type Docker from "dockerode";
import type { BenchContext } from "../../bench.ts";
import { machineMs } from "../../network/clock.ts";
import { type NamespaceProcess, startInNamespace } from "../../network/namespace-process.ts";
import { Reached } from "../../network/probe/messages.ts";
import { until } from "../../system/bench-system.ts";
import type { ContainerEvent, ContainerEvents } from "../docker-events.ts";
import { type HopWatch, watchHops } from "../hops.ts";
import type { NetworkedScene } from "./scene.ts";
import { serverPort } from "./sla.ts";

/** When clients on every interested worker had reached a new instance by the address of its service, milliseconds. */
export interface FirstHit {
  /** since Docker told that the process runs */
  sinceStart: number;
  /** since the cluster knew from its worker that it is RUNNING; below zero: before that */
  sinceRunning: number;
  /** The same, of the worker that the instance is on. */
  sinceRunningThere: number;
}

export interface FirstHitsDeps {
  docker: Docker;
  events: ContainerEvents;
  scene: NetworkedScene;
}

const patience = { withinMs: 30_000 };
/** The client must be at it before there is somebody to reach. */
const headStartMs = 100;
const reachWithinMs = 20_000;

/** Deploys a server again and again while clients on its own and on another worker try all the time. */
export async function measureFirstHits(
  bed: TestBed,
  deps: FirstHitsDeps,
  { count, signal }: Pick<BenchContext, "signal"> & { count: number },
): Promise<FirstHit[]> {
  const { events, scene } = deps;
  const { api, root, cluster } = scene.system;
  const { far, near, server } = scene.services;
  const probes = {
    far: await startClient(bed, deps, far),
    near: await startClient(bed, deps, near),
  };
  const address = await api.serviceAddress(server);
  const watch = watchHops({
    abstractors: { root: open(root.access), cluster: open(cluster.access) },
    serviceId: server,
  });
  const hits: FirstHit[] = [];
  try {
    for (let number = 0; number < count; number += 1) {
      signal.throwIfAborted();
      hits.push(await measureOne({ scene, events, probes, watch, address }));
    }
  } finally {
    await watch.stop();
  }
  return hits;
}

/** What tries to connect, inside a new instance of that service. */
async function startClient(
  bed: TestBed,
  { docker, events, scene }: FirstHitsDeps,
  serviceId: string,
): Promise<NamespaceProcess> {
  const started = events.next("start", of(serviceId));
  await scene.system.api.addInstance(serviceId);
  const { State } = await docker.getContainer((await started).id).inspect();
  await until("the client runs", patience, () => isRunning(scene, serviceId));
  const namespace = `/proc/${State.Pid}/ns/net`;
  const probe = startInNamespace({ program: "probe/main.js", namespace });
  bed.onClose(() => probe.kill());
  return probe;
}

interface Attempt {
  scene: NetworkedScene;
  events: ContainerEvents;
  probes: { far: NamespaceProcess; near: NamespaceProcess };
  watch: HopWatch;
  address: string;
}

async function measureOne({ scene, events, probes, watch, address }: Attempt): Promise<FirstHit> {
  const { api } = scene.system;
  const { server } = scene.services;
  await api.logIn();
  const question = { kind: "reach", address, port: serverPort, withinMs: reachWithinMs };
  const reached = Promise.all(
    [probes.far, probes.near].map(async (probe) => {
      const { atMs } = await probe.ask(question, Reached, 2 * reachWithinMs);
      return atMs - (machineMs() - performance.now());
    }),
  );
  // It is waited for below; a failure of what stands between must not leave it unheard.
  reached.catch(() => undefined);
  await delay(headStartMs);
  watch.take();
  const started = events.next("start", of(server));
  const number = await api.addInstance(server);
  const { atMs: startedMs } = await started;
  const [farMs = Number.NaN, nearMs = Number.NaN] = await reached;
  await until("the server runs", patience, () => isRunning(scene, server));
  const running = watch.take().find(({ what }) => what === "cluster: RUNNING");
  const gone = events.next("destroy", of(server));
  await api.removeInstance(server, number);
  await gone;
  await until("the server is gone", patience, async () => {
    return (await api.instances(server)).length === 0;
  });
  if (running === undefined) throw new Error("The cluster has not told that the server runs");
  const lastMs = Math.max(farMs, nearMs);
  return {
    sinceStart: lastMs - startedMs,
    sinceRunning: lastMs - running.atMs,
    sinceRunningThere: nearMs - running.atMs,
  };
}

const of =
  (serviceId: string) =>
  ({ labels }: ContainerEvent): boolean =>
    labels["oak.job-id"] === serviceId;

async function isRunning({ system }: NetworkedScene, serviceId: string): Promise<boolean> {
  const instances = await system.api.instances(serviceId);
  return instances.some(({ status }) => status === "RUNNING");
}

function open({ abstractorUrl: url, tierSecret }: { abstractorUrl: string; tierSecret: string }) {
  return { url, tierSecret };
}
