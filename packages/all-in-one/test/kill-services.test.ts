import type { ServiceName } from "@oak/testkit";
import { beforeAll, describe, expect } from "vitest";
import { anSla } from "./support/an-sla.ts";
import { deploy, untilRunning } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import { runsOnDocker, testOnDocker } from "./support/on-docker.ts";
import { lifeOf } from "./support/running-copies.ts";
import { startSeparateServices } from "./support/separate-services.ts";
import { shareSystem } from "./support/shared-system.ts";
import { untilNothingIsLeft } from "./support/system.ts";
import { expectDeploymentWorks, type Scene, sceneOf, untilSceneIs } from "./support/undisturbed.ts";

const root: readonly ServiceName[] = [
  "system-manager",
  "root-resource-abstractor",
  "root-scheduler",
];
const cluster: readonly ServiceName[] = [
  "cluster-manager",
  "cluster-resource-abstractor",
  "cluster-scheduler",
  "mqtt-broker",
];
const victims: readonly [string, readonly ServiceName[]][] = [
  ["the node-engine", ["node-engine"]],
  ["the broker", ["mqtt-broker"]],
  ["the cluster-manager", ["cluster-manager"]],
  ["the resource abstractor of the cluster", ["cluster-resource-abstractor"]],
  ["the whole cluster", cluster],
  ["the whole root", root],
  ["everything at once", [...root, ...cluster, "node-engine"]],
];

/** However slowly a killed node-engine starts here, its worker is not lost meanwhile, which would replace its copies. */
const env = { "cluster-manager": { WORKER_TIMEOUT_S: "30" } };
const shared = shareSystem((bed) => startSeparateServices(bed, { env }));

describe("at rest, kill -9 of", () => {
  testOnDocker.for(victims)("%s is over with the restart", async ([, names]) => {
    await shared.system.killAndRestart(...names);
    await expectDeploymentWorks(shared.system, shared.image);
    await untilNothingIsLeft(shared.system);
  });
});

describe("with three instances running, kill -9 of", () => {
  let service: string;
  let scene: Scene;

  beforeAll(async () => {
    if (!runsOnDocker) return;
    ({ service } = await deploy(shared.system, anSla({ code: shared.image }), 3));
    await untilRunning(shared.system, service, 3);
    scene = await sceneOf(shared.system);
  });

  testOnDocker.for(victims)("%s leaves them alone", async ([, names]) => {
    await shared.system.killAndRestart(...names);
    await untilRunning(shared.system, service, 3);
    await expectDeploymentWorks(shared.system, shared.image);
    await untilSceneIs(shared.system, scene);
    await untilRunning(shared.system, service, 3);
  });

  testOnDocker("a workload restarts it in place, and no other", async () => {
    const [victim, ...others] = await shared.system.copies();
    process.kill(victim!.pid, "SIGKILL");
    const restarted = await eventually(async () => {
      const [first, ...rest] = await shared.system.copies();
      expect(rest.map(lifeOf)).toEqual(others.map(lifeOf));
      expect(first).toMatchObject({ id: victim!.id, isRunning: true });
      expect(first!.startedAt).not.toBe(victim!.startedAt);
      const shown = await shared.system.api.instance(service, 0);
      expect(shown).toMatchObject({ status: "RUNNING", restarts: 1 });
      return first!;
    });
    scene = { ...scene, lives: [lifeOf(restarted), ...others.map(lifeOf)] };
    await untilSceneIs(shared.system, scene);
  });

  testOnDocker(
    "a workload while the node-engine is away is made good when it is back",
    async () => {
      const [victim, ...others] = await shared.system.copies();
      await shared.system.service("node-engine").kill();
      process.kill(victim!.pid, "SIGKILL");
      await eventually(async () =>
        expect((await shared.system.copies())[0]?.isRunning).toBe(false),
      );
      await shared.system.service("node-engine").start();
      await eventually(async () => {
        const [first, ...rest] = await shared.system.copies();
        expect(rest.map(lifeOf)).toEqual(others.map(lifeOf));
        expect(first).toMatchObject({ id: victim!.id, isRunning: true });
        const shown = await shared.system.api.instance(service, 0);
        expect(shown).toMatchObject({ status: "RUNNING", restarts: 2 });
      });
    },
  );

  testOnDocker("everything while instances are deleted does not keep them from going", async () => {
    await shared.system.api.deleteInstance(service, -1);
    await shared.system.killAndRestart(...root, ...cluster, "node-engine");
    await eventually(async () => expect(await shared.system.copies()).toEqual([]));
    const { instance_list: shown } = await shared.system.api.service(service);
    expect(shown).toEqual([]);
  });
});
