import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { workerTopic } from "@oak/contracts";
import { beforeAll, expect, test } from "vitest";
import { anSla } from "../support/an-sla.ts";
import { deploy, untilRunning } from "../support/deployment.ts";
import { startFleetSystem } from "../support/fleet-system.ts";
import { addFloodingWorker, type FloodingWorker } from "../support/flooding-worker.ts";
import { shareOnBed } from "../support/shared-system.ts";
import {
  expectDeploymentWorks,
  type Scene,
  sceneOf,
  untilSceneIs,
} from "../support/undisturbed.ts";

const shared = shareOnBed((bed) =>
  startFleetSystem(bed, { workers: ["w1", "w2"], runtime: "fake" }),
);
/** Longer than a worker may be silent: whoever is not heard because of the noise would be lost by then. */
const noisyMs = 10_000;
let service: string;
let scene: Scene;
let flooding: FloodingWorker;

beforeAll(async () => {
  ({ service } = await deploy(shared.system, anSla({ code: "fake/ok" }), 3));
  await untilRunning(shared.system, service, 3);
  scene = await sceneOf(shared.system);
  flooding = await addFloodingWorker(shared.bed, shared.system.cluster);
});

async function expectNobodyIsDisturbed(): Promise<void> {
  const before = flooding.sent();
  const noise = delay(noisyMs);
  await expectDeploymentWorks(shared.system, "fake/ok");
  await noise;
  await expectDeploymentWorks(shared.system, "fake/ok");
  await untilRunning(shared.system, service, 3);
  await untilSceneIs(shared.system, scene);
  expect(flooding.isConnected).toBe(true);
  // The noise was there.
  expect(flooding.sent() - before).toBeGreaterThan(noisyMs);
}

test("three thousand good heartbeats a second of one worker keep nobody from working", async () => {
  flooding.flood(3_000, flooding.heartbeat);
  await expectNobodyIsDisturbed();
});

test("three thousand pieces of garbage a second of one worker keep nobody from working", async () => {
  const topics = (["information", "job", "inventory", "presence", "resources"] as const).map(
    (name) => workerTopic(flooding.id, name),
  );
  flooding.flood(3_000, (count) => ({
    topic: topics[count % topics.length] ?? "",
    payload: count % 2 === 0 ? randomBytes(200) : '{"session":"__proto__","seq":[[[]]]}',
  }));
  await expectNobodyIsDisturbed();
});
