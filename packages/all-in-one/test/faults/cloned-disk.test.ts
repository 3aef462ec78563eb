import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { asAnotherMachine } from "@oak/testkit";
import { expect, test } from "vitest";
import { anSla } from "../support/an-sla.ts";
import { deploy, untilRunning } from "../support/deployment.ts";
import { eventually, throughout } from "../support/eventually.ts";
import { startFleetSystem } from "../support/fleet-system.ts";
import { shareOnBed } from "../support/shared-system.ts";
import { expectDeploymentWorks, sceneOf, untilSceneIs } from "../support/undisturbed.ts";

const shared = shareOnBed((bed) =>
  startFleetSystem(bed, { workers: ["original"], runtime: "fake" }),
);
let service: string;

test("a second machine from a copy of the disk is refused, and stops what it runs within a minute", async () => {
  const { system } = shared;
  ({ service } = await deploy(system, anSla({ code: "fake/ok" }), 2));
  await untilRunning(system, service, 2);
  const scene = await sceneOf(system);

  const copy = await system.cluster.addWorker({ name: "copy", runtime: "fake" });
  await cp(system.worker("original").stateDir, copy.stateDir, {
    recursive: true,
    filter: (file) => !file.endsWith(".sock"),
  });
  // Containers end with the machine.
  await rm(join(copy.stateDir, "fake-machine.json"));
  copy.process.launch(asAnotherMachine());
  const running = async () => (await system.copiesAt(copy)).filter((one) => one.isRunning).length;
  // A machine whose uplink is down starts what it last heard of: this one does not know better yet.
  await eventually(async () => expect(await running()).toBe(2));

  const stopped = eventually(async () => expect(await running()).toBe(0));
  await throughout(async () => {
    const { instance_list } = await system.api.service(service);
    expect(instance_list.map(({ status }) => status)).toEqual(["RUNNING", "RUNNING"]);
  }, stopped);
  await system.cluster.removeWorker(copy);
  await untilSceneIs(system, scene);
  await expectDeploymentWorks(system, "fake/ok");
});

test("it takes over when the original is gone for good", async () => {
  const { system } = shared;
  const copy = await system.cluster.addWorker({ name: "copy", runtime: "fake" });
  await system.cluster.removeWorker(system.worker("original"));
  await copy.process.start(asAnotherMachine());
  await untilRunning(system, service, 2);
  await eventually(async () => {
    const copies = await system.copiesAt(copy);
    expect(copies.map(({ isRunning }) => isRunning)).toEqual([true, true]);
  });
  await expectDeploymentWorks(system, "fake/ok");
});
