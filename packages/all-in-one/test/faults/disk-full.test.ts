import type { TestBed } from "@oak/testkit";
import { expect, test } from "vitest";
import { anSla } from "../support/an-sla.ts";
import { deploy, untilRunning } from "../support/deployment.ts";
import {
  mountSmallDisk,
  type SmallDisk,
  startFleetWithDatabase,
} from "../support/fleet-with-database.ts";
import { shareOnBed } from "../support/shared-system.ts";
import { expectDeploymentWorks, sceneOf, untilSceneIs } from "../support/undisturbed.ts";

let disk: SmallDisk | undefined;
const shared = shareOnBed(async (bed: TestBed) => {
  disk = await mountSmallDisk(bed, 32);
  return disk === undefined ? undefined : startFleetWithDatabase(bed, disk.folder);
});

test("on a full disk nothing new is taken, nothing stops, and space is all it needs", async ({
  skip,
}) => {
  const { system } = shared;
  if (disk === undefined || system === undefined) return skip("mounting needs privileges");
  const { service } = await deploy(system, anSla({ code: "fake/ok" }), 2);
  await untilRunning(system, service, 2);
  const scene = await sceneOf(system);

  await disk.fill();
  // What is left of the last page may take one more.
  const refused = async (): Promise<void> => {
    for (let tries = 0; tries < 200; tries += 1)
      await system.api.createApplication(anSla({ code: "fake/ok" }));
  };
  await expect(refused()).rejects.toThrow();
  await expect(system.api.services()).resolves.not.toEqual([]);
  expect((await sceneOf(system)).lives).toEqual(scene.lives);

  await disk.clear();
  await untilRunning(system, service, 2);
  await expectDeploymentWorks(system, "fake/ok");
  await untilSceneIs(system, scene);
});
