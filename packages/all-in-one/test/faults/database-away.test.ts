import { expect, test } from "vitest";
import { shareDatabaseScene } from "../support/database-scene.ts";

const scene = shareDatabaseScene();

test("a database that is away for half a minute costs nothing but answers", async () => {
  const { relay, api } = scene.system;
  relay.cut(true);
  await expect(api.addInstance(scene.service)).rejects.toMatchObject({ status: 503 });
  await scene.nothingStopsFor(30_000);
  relay.cut(false);
  await scene.expectAllIsWell();
});

test("a database that is killed goes on where it was", async () => {
  const { database } = scene.system;
  await database.kill();
  await database.start();
  await scene.expectAllIsWell();
});
