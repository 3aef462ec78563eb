import { expect, test, vi } from "vitest";
import { anSla, type ServiceWish } from "../support/an-sla.ts";
import { deploy } from "../support/deployment.ts";
import { eventually } from "../support/eventually.ts";
import { SYSTEM_TEST_MS } from "../support/on-docker.ts";
import { aTestBed } from "../support/system.ts";
import {
  startCluster,
  startFirstOfTwo,
  type TwoClusters,
  untilRunningAt,
} from "../support/two-clusters.ts";

vi.setConfig({ testTimeout: SYSTEM_TEST_MS, hookTimeout: SYSTEM_TEST_MS });

const deployOne = async (system: TwoClusters, wish: Partial<ServiceWish> = {}): Promise<string> =>
  (await deploy(system, anSla({ code: "fake/ok", ...wish }), 1)).service;

test("a cluster that is cut off goes on; only what asks for it runs elsewhere, and returns to one copy", async () => {
  const system = await startFirstOfTwo(await aTestBed());
  const { first, second } = system;
  const kept = await deployOne(system);
  const moving = await deployOne(system, { onDisconnect: "replace" });
  const keptRun = await untilRunningAt(system, kept, first);
  const oldRun = await untilRunningAt(system, moving, first);
  await startCluster(system, second);

  first.services["cluster-manager"].signal("SIGSTOP");
  const newRun = await untilRunningAt(system, moving, second);
  expect(await system.runsAt(first)).toEqual([keptRun, oldRun].toSorted());
  expect((await system.api.instance(kept, 0)).status).toBe("RUNNING");

  first.services["cluster-manager"].signal("SIGCONT");
  await eventually(async () => {
    expect(await system.runsAt(first)).toEqual([keptRun]);
  });
  expect(await system.runsAt(second)).toEqual([newRun]);
  expect((await system.api.instance(kept, 0)).status).toBe("RUNNING");
  expect((await system.api.instance(moving, 0)).status).toBe("RUNNING");
});

test("what a cluster has no room for any more goes to another one, and the old copy ends when its worker is back", async () => {
  const system = await startFirstOfTwo(await aTestBed());
  const { first, second } = system;
  const service = await deployOne(system);
  const oldRun = await untilRunningAt(system, service, first);
  await startCluster(system, second);

  const [worker] = first.workers;
  await worker!.process.kill();
  const newRun = await untilRunningAt(system, service, second);
  expect(await system.runsAt(first)).toEqual([oldRun]);

  await worker!.process.start();
  await eventually(async () => {
    expect(await system.runsAt(first)).toEqual([]);
  });
  expect(await system.runsAt(second)).toEqual([newRun]);
  expect((await system.api.instance(service, 0)).status).toBe("RUNNING");
});

test("what ran in a cluster that is taken out by command runs elsewhere", async () => {
  const system = await startFirstOfTwo(await aTestBed());
  const { first, second, api } = system;
  const service = await deployOne(system);
  await untilRunningAt(system, service, first);
  await startCluster(system, second);
  const id = (await api.clusters()).find(({ cluster_name }) => cluster_name === "first")!._id;

  await Promise.all(Object.values(first.services).map((one) => one.kill()));
  await api.removeCluster(id);
  await untilRunningAt(system, service, second);
  expect((await api.clusters()).map(({ cluster_name }) => cluster_name)).toEqual(["second"]);
  await expect(api.removeCluster(id)).rejects.toMatchObject({ status: 404 });
});
