import { test } from "vitest";
import { shareDatabaseScene } from "../support/database-scene.ts";
import { expectDeploymentWorks } from "../support/undisturbed.ts";

const scene = shareDatabaseScene();

test("with half a second for each operation it is slow, and everything works", async () => {
  const { relay } = scene.system;
  relay.slowDown(500);
  await expectDeploymentWorks(scene.system, "fake/ok");
  await scene.nothingStopsFor(5_000);
  relay.slowDown(0);
  await scene.expectAllIsWell();
});

test("a database that hangs for ten seconds does no harm", async () => {
  const { relay } = scene.system;
  relay.stall(true);
  await scene.nothingStopsFor(10_000);
  relay.stall(false);
  await scene.expectAllIsWell();
});
