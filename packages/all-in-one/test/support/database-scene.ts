import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeAll, expect } from "vitest";
import { anSla } from "./an-sla.ts";
import { deploy, untilRunning } from "./deployment.ts";
import { throughout } from "./eventually.ts";
import { type FleetWithDatabase, startFleetWithDatabase } from "./fleet-with-database.ts";
import { lifeOf } from "./running-copies.ts";
import { shareOnBed } from "./shared-system.ts";
import { expectDeploymentWorks, type Scene, sceneOf, untilSceneIs } from "./undisturbed.ts";

/** A fleet with a database apart, and three instances that nothing may disturb. */
export interface DatabaseScene {
  readonly system: FleetWithDatabase;
  readonly service: string;
  /** Looks on for so long. */
  nothingStopsFor(ms: number): Promise<void>;
  /** Everything works again, is as it was, and no process had to be started anew. */
  expectAllIsWell(): Promise<void>;
}

export function shareDatabaseScene(): DatabaseScene {
  const shared = shareOnBed((bed) => startFleetWithDatabase(bed));
  let service = "";
  let scene: Scene;
  let pids: (number | undefined)[];
  const pidsNow = () => shared.system.fleet.processes().map(({ pid }) => pid);

  beforeAll(async () => {
    ({ service } = await deploy(shared.system, anSla({ code: "fake/ok" }), 3));
    await untilRunning(shared.system, service, 3);
    scene = await sceneOf(shared.system);
    pids = pidsNow();
  });
  afterEach(() => {
    const { relay } = shared.system;
    relay.slowDown(0);
    relay.cut(false);
    relay.stall(false);
  });
  return {
    get system() {
      return shared.system;
    },
    get service() {
      return service;
    },
    nothingStopsFor: (ms) =>
      throughout(async () => {
        const lives = (await shared.system.copies()).map(lifeOf);
        expect(lives).toEqual(expect.arrayContaining(scene.lives));
      }, delay(ms)),
    expectAllIsWell: async () => {
      await untilRunning(shared.system, service, 3);
      await expectDeploymentWorks(shared.system, "fake/ok");
      await untilSceneIs(shared.system, scene);
      expect(pidsNow()).toEqual(pids);
    },
  };
}
