import { type HeldCopy, instanceKey, type JobSpec } from "@oak/contracts";
import type { Holdings } from "@oak/node-engine/follow";
import { expect, test } from "vitest";
import { createMachine } from "./machine.ts";
import { createProcessLife } from "./process-life.ts";
import { createScriptedEngine } from "./scripted-engine.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { createVirtualTime } from "./virtual-time.ts";

type Assignment = Parameters<Holdings["upsert"]>[0];

const jobId = "5".repeat(24);
const key = instanceKey(jobId, 0);
const ONE_SHOT_MS = 1000;

function aWorker(report: (copy: HeldCopy) => void = () => {}) {
  const time = createVirtualTime();
  const machine = createMachine({ id: "a", cluster: "c", vcpus: 1, unfit: new Set() });
  const engine = createScriptedEngine({
    ...{ machine, time, random: createSeededRandom(1), life: createProcessLife(time) },
    oneShotMs: () => ONE_SHOT_MS,
    report,
    onStopped: () => {},
    askAtOnce: () => {},
    change: async (apply) => apply(),
  });
  const take = async (wanted: boolean, placement: number, spec: Partial<JobSpec>) => {
    const job = { _id: jobId, job_name: "web", image: "", virtualization: "docker", ...spec };
    const numbers = { epoch: 1, placement, spec_rev: 1, want_rev: placement };
    const names = { key, job_id: jobId, instance_number: 0, incarnation: "one" };
    await engine.upsert({ ...names, ...numbers, wanted, job } satisfies Assignment);
    await time.run(time.nowMs() + 2 * ONE_SHOT_MS, () => undefined);
    return engine.get(key);
  };
  return {
    deploy: (placement: number, spec: Partial<JobSpec>) => take(true, placement, spec),
    remove: (placement: number) => take(false, placement, {}),
  };
}

test("a one-shot ends also where its late deletion was known before it", async () => {
  const worker = aWorker();
  expect(await worker.remove(1)).toMatchObject({ status: "UNDEPLOYED" });
  expect(await worker.deploy(2, { one_shot: true })).toMatchObject({ status: "COMPLETED" });
});

test("a service runs on where a one-shot was deleted", async () => {
  const worker = aWorker();
  await worker.deploy(1, { one_shot: true });
  await worker.remove(1);
  expect(await worker.deploy(2, {})).toMatchObject({ status: "RUNNING" });
});

test("a copy says what it takes until it is deleted, as that of an agent does", async () => {
  const worker = aWorker();
  const need = { vcpus: 1, memory: 100, vgpus: 0, host_ports: [] };
  expect(await worker.deploy(1, { vcpus: 1, memory: 100 })).toMatchObject({ need });
  expect(await worker.remove(1)).not.toHaveProperty("need");
});

test("what has ended and is being removed counts as running until it is gone", async () => {
  const told: string[] = [];
  const worker = aWorker(({ status }) => void told.push(status));
  await worker.deploy(1, { one_shot: true });
  await worker.remove(2);
  expect(told).toEqual(["CREATING", "RUNNING", "COMPLETED", "RUNNING", "UNDEPLOYED"]);
});
