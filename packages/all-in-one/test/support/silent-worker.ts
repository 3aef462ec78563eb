import type { TestBed, WorkerSite } from "@oak/testkit";
import { beforeAll, expect } from "vitest";
import { anSla } from "./an-sla.ts";
import { deploy } from "./deployment.ts";
import { holderOf } from "./dying-process.ts";
import { eventually } from "./eventually.ts";
import { untilExactly } from "./exactly.ts";
import { type FleetSystem, startFleetSystem } from "./fleet-system.ts";
import { shareOnBed } from "./shared-system.ts";

/** Two workers that only pretend, and one instance that runs on either of them. */
export interface SilentWorkerScene {
  readonly system: FleetSystem;
  readonly instance: string;
  /** The one that has the instance, and the one that will. */
  sides(): Promise<{ holder: WorkerSite; other: WorkerSite }>;
  /** Waits until a worker runs the instance by the root's word, whatever else is there. */
  untilRunningAt(worker: WorkerSite): Promise<void>;
  untilExactlyOne(): Promise<void>;
}

/** As short as settings allow: what is tested takes this long each time. */
const clusterEnv = { "cluster-manager": { WORKER_TIMEOUT_S: "2" } };

export function shareSilentWorkerScene(): SilentWorkerScene {
  const shared = shareOnBed((bed: TestBed) =>
    startFleetSystem(bed, { workers: ["w1", "w2"], runtime: "fake", clusterEnv }),
  );
  const wanted = { service: "", numbers: [0] };
  const scene: SilentWorkerScene = {
    get system() {
      return shared.system;
    },
    get instance() {
      return `${wanted.service}/0`;
    },
    sides: async () => {
      const holder = (await holderOf(shared.system, scene.instance))!;
      const other = shared.system.cluster.workers.find((worker) => worker !== holder)!;
      return { holder, other };
    },
    untilRunningAt: async (worker) => {
      await eventually(async () => {
        const copies = await shared.system.copiesAt(worker);
        expect(copies).toMatchObject([{ instance: scene.instance, isRunning: true }]);
        const { status } = await shared.system.api.instance(wanted.service, 0);
        expect(status).toBe("RUNNING");
      });
    },
    untilExactlyOne: () => untilExactly(shared.system, wanted),
  };
  beforeAll(async () => {
    wanted.service = (await deploy(shared.system, anSla({ code: "fake/ok" }), 1)).service;
    await scene.untilExactlyOne();
  });
  return scene;
}
