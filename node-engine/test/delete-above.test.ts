import type { JobReport } from "@oak/contracts";
import { expect, test } from "vitest";
import { type ClusterKnown, createClusterFollower } from "../src/use-cases/follow-cluster.ts";
import { aJobId } from "./builders.ts";
import type { CommandOverrides } from "./commands.ts";
import { aDelete as deleteOf, aDeploy as deployOf } from "./commands.ts";
import { startEngine } from "./engine-harness.ts";

/*
 * A cluster that gave a copy up deletes it under the pair that it has reached meanwhile, of which this worker
 * may never have heard.
 */
const key = `${aJobId}/0`;

/** A worker that follows a cluster, without what lies between them. */
async function startWorker() {
  const told: JobReport[] = [];
  let stored: ClusterKnown | undefined;
  const engine = await startEngine({ report: (copy) => follower.report(copy) }, { latencyMs: 100 });
  const follow = () =>
    createClusterFollower(
      {
        holdings: {
          get: (one) => engine.engine().get(one),
          all: () => engine.engine().status(),
          upsert: (assignment) => engine.engine().upsert(assignment),
          forget: (one) => engine.engine().forget(one),
        },
        saveKnown: async (known) => {
          stored = structuredClone(known);
        },
        publishJob: (report) => told.push(report),
        publishInventory: () => undefined,
        log: { warn: () => undefined },
      },
      stored,
    );
  let follower = follow();
  await follower.registered({ incarnation: "incarnation-1", session: 1 });
  return {
    ...engine,
    told,
    follower: () => follower,
    restart: async () => {
      await engine.restart();
      follower = follow();
      await follower.registered({ incarnation: "incarnation-1", session: 2 });
    },
    takeDeploy: async (overrides: CommandOverrides) => {
      const verdict = await follower.deploy(deployOf(overrides));
      await engine.clock.advance(5_000);
      return verdict;
    },
    takeDelete: (overrides: CommandOverrides) => follower.remove(deleteOf(overrides)),
    seconds: (count: number) => engine.clock.advance(count * 1_000),
  };
}

test("a delete above the pair of the copy stops it, and is answered under its own pair", async () => {
  const worker = await startWorker();
  await worker.takeDeploy({ placement: 1, wantRev: 1 });
  expect(worker.running()).toHaveLength(1);

  expect(await worker.takeDelete({ placement: 4, wantRev: 2 })).toBe("apply");
  await worker.seconds(1);

  expect(worker.machine.workloads.size).toBe(0);
  expect(worker.told.at(-1)).toMatchObject({ status: "UNDEPLOYED", epoch: 1, placement: 4 });
  expect(worker.told.filter(({ status }) => status === "UNDEPLOYED")).toHaveLength(1);
});

test("it is confirmed again for each repetition, also after it is forgotten", async () => {
  const worker = await startWorker();
  await worker.takeDeploy({ placement: 1, wantRev: 1 });
  await worker.takeDelete({ placement: 4, wantRev: 2 });
  await worker.seconds(1);
  const confirmations = () =>
    worker.told.filter(({ status, placement }) => status === "UNDEPLOYED" && placement === 4);

  await worker.takeDelete({ placement: 4, wantRev: 2 });
  expect(confirmations()).toHaveLength(2);
  worker.follower().heartbeat();
  await worker.clock.settle();
  expect(worker.engine().get(key)).toBeUndefined();
  await worker.takeDelete({ placement: 4, wantRev: 2 });

  expect(confirmations()).toHaveLength(3);
});

test("a copy that nobody holds is confirmed gone under the pair of the command", async () => {
  const worker = await startWorker();

  await worker.takeDelete({ placement: 4, wantRev: 1 });
  await worker.clock.settle();

  expect(worker.told).toMatchObject([{ status: "UNDEPLOYED", epoch: 1, placement: 4 }]);
});

test.each([
  ["while it is remembered", false],
  ["after it is forgotten", true],
])("nothing at or below it starts again %s", async (_, isForgotten) => {
  const worker = await startWorker();
  await worker.takeDeploy({ placement: 1, wantRev: 1 });
  await worker.takeDelete({ placement: 4, wantRev: 5 });
  // The cursor reaches the deletion only when nothing before it is missing any more.
  for (const wantRev of [2, 3, 4]) {
    await worker.takeDelete({ instance: 7, placement: 1, wantRev: isForgotten ? wantRev : 1 });
  }
  await worker.seconds(1);
  worker.follower().heartbeat();
  await worker.clock.settle();
  expect(worker.engine().get(key) === undefined).toBe(isForgotten);

  const verdicts: string[] = [];
  for (const placement of [1, 2, 3, 4]) {
    verdicts.push(await worker.takeDeploy({ placement, wantRev: placement }));
  }

  expect(verdicts).toEqual(["stale", "stale", "stale", isForgotten ? "stale" : "repeat"]);
  expect(worker.machine.workloads.size).toBe(0);
});

test("a higher pair starts anew after it", async () => {
  const worker = await startWorker();
  await worker.takeDeploy({ placement: 1, wantRev: 1 });
  await worker.takeDelete({ placement: 4, wantRev: 2 });
  await worker.seconds(1);

  expect(await worker.takeDeploy({ placement: 5, wantRev: 3 })).toBe("apply");

  expect(worker.running()).toHaveLength(1);
  expect(worker.told.at(-1)).toMatchObject({ status: "RUNNING", placement: 5 });
});

test("an agent that dies over it ends the copy when it is back, under the same pair", async () => {
  const worker = await startWorker();
  await worker.takeDeploy({ placement: 1, wantRev: 1, image: "fake/stubborn" });
  await worker.takeDelete({ placement: 4, wantRev: 2 });
  await worker.seconds(1);
  expect(worker.running()).toHaveLength(1);

  await worker.restart();
  await worker.seconds(30);

  expect(worker.machine.workloads.size).toBe(0);
  expect(worker.told.at(-1)).toMatchObject({ status: "UNDEPLOYED", placement: 4 });
});

test("a pull for the older copy ends, and nothing comes of it", async () => {
  const worker = await startWorker();
  await worker.takeDeploy({ placement: 1, wantRev: 1, image: "fake/slow-pull:60s" });

  await worker.takeDelete({ placement: 4, wantRev: 2 });
  await worker.seconds(120);

  expect(worker.machine.workloads.size).toBe(0);
  expect(worker.told.at(-1)).toMatchObject({ status: "UNDEPLOYED", placement: 4 });
});
