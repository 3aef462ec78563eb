import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createTinyImage, type TestBed } from "@oak/testkit";
import { expect, onTestFinished, vi } from "vitest";
import { type AllInOneSystem, startAllInOneSystem } from "./support/all-in-one-system.ts";
import { anSla } from "./support/an-sla.ts";
import { copyDatabase } from "./support/database-copy.ts";
import { deploy, untilRunning } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import { SYSTEM_TEST_MS, testOnDocker } from "./support/on-docker.ts";
import { type Copy, lifeOf } from "./support/running-copies.ts";
import { type SeparateServices, startSeparateServices } from "./support/separate-services.ts";
import { aTestBed, type System } from "./support/system.ts";
import { orphansOfCluster } from "./support/tier-records.ts";
import { expectDeploymentWorks } from "./support/undisturbed.ts";

vi.setConfig({ testTimeout: SYSTEM_TEST_MS });

interface Scene<S> {
  system: S;
  image: string;
  /** What is stopped while the database is exchanged. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** The folder of the database, or of the databases of one tier. */
  database: string;
}

const onAllInOne = async (): Promise<Scene<AllInOneSystem>> =>
  aScene(startAllInOneSystem, (system) => ({
    stop: async () => {
      await system.program.process.stop();
    },
    start: () => system.program.process.start(),
    database: join(system.program.dataDir, "database"),
  }));

const onTier = async (tier: "root" | "cluster"): Promise<Scene<SeparateServices>> =>
  aScene(startSeparateServices, (system) => {
    const names = { root: rootServices, cluster: clusterServices }[tier];
    const services = names.map((name) => system.service(name));
    return {
      stop: async () => {
        await Promise.all(services.map((service) => service.stop()));
      },
      start: async () => {
        await Promise.all(services.map((service) => service.start()));
      },
      database: system.dataDirs[tier],
    };
  });

const rootServices = ["root-resource-abstractor", "system-manager"] as const;
const clusterServices = ["cluster-resource-abstractor", "cluster-manager"] as const;

async function aScene<S extends System>(
  start: (bed: TestBed) => Promise<S>,
  partsOf: (system: S) => Omit<Scene<S>, "system" | "image">,
): Promise<Scene<S>> {
  const image = await createTinyImage();
  onTestFinished(() => image.remove());
  const system = await start(await aTestBed());
  return { system, image: image.name, ...partsOf(system) };
}

/** A service with two instances that is known to the copy; then a change and another service that are not. */
async function liveOnAfterACopy({ system, image, stop, start, database }: Scene<System>) {
  const { service: known } = await deploy(system, anSla({ code: image }), 2);
  await untilRunning(system, known, 2);
  await stop();
  const copy = await copyDatabase(database);
  await start();
  await untilRunning(system, known, 2);
  const { service: unknown } = await deploy(system, anSla({ code: image }), 1);
  await untilRunning(system, unknown, 1);
  await system.api.deleteInstance(known, 1);
  await eventually(async () => expect(await system.copies()).toHaveLength(2));
  const copies = await system.copies();
  await stop();
  return { copy, copies, known, unknown };
}

/** Those copies have never stopped. */
async function expectUntouched(system: System, copies: readonly Copy[]): Promise<void> {
  const lives = (await system.copies()).map(lifeOf);
  expect(lives).toEqual(expect.arrayContaining(copies.map(lifeOf)));
}

const rootOrphans = async ({ api }: System): Promise<string[]> =>
  (await api.orphans()).map(({ job_id, instance_number }) => `${job_id}/${instance_number}`);

testOnDocker(
  "an old copy of the database stops nothing: what it knows runs, the rest is listed",
  async () => {
    const scene = await onAllInOne();
    const { system } = scene;
    const { copy, copies, known, unknown } = await liveOnAfterACopy(scene);
    await copy.restore();
    await scene.start();
    await untilRunning(system, known, 2);
    await eventually(async () => expect(await orphansOfCluster(system)).toEqual([`${unknown}/0`]));
    await expectDeploymentWorks(system, scene.image);
    await expectUntouched(system, copies);
  },
);

testOnDocker(
  "an empty database stops nothing: what runs is listed, and new services can be deployed",
  async () => {
    const scene = await onAllInOne();
    const { system } = scene;
    const { service } = await deploy(system, anSla({ code: scene.image }), 2);
    await untilRunning(system, service, 2);
    const copies = await system.copies();
    await scene.stop();
    await rm(scene.database, { recursive: true });
    await scene.start();
    await eventually(async () => {
      expect(await orphansOfCluster(system)).toEqual([`${service}/0`, `${service}/1`]);
    });
    expect(await system.api.services()).toEqual([]);
    await expectDeploymentWorks(system, scene.image);
    await expectUntouched(system, copies);
  },
);

testOnDocker("an old copy of the root's databases alone stops nothing", async () => {
  const scene = await onTier("root");
  const { system } = scene;
  const { copy, copies, known, unknown } = await liveOnAfterACopy(scene);
  await copy.restore();
  await scene.start();
  await untilRunning(system, known, 2);
  await eventually(async () => expect(await rootOrphans(system)).toEqual([`${unknown}/0`]));
  await expectDeploymentWorks(system, scene.image);
  await expectUntouched(system, copies);
});

testOnDocker("empty databases of the root alone stop nothing", async () => {
  const scene = await onTier("root");
  const { system } = scene;
  const { service } = await deploy(system, anSla({ code: scene.image }), 1);
  await untilRunning(system, service, 1);
  const copies = await system.copies();
  await scene.stop();
  await rm(scene.database, { recursive: true });
  await scene.start();
  await eventually(async () => expect(await rootOrphans(system)).toEqual([`${service}/0`]));
  await expectDeploymentWorks(system, scene.image);
  await expectUntouched(system, copies);
});

testOnDocker(
  "an old copy of the cluster's databases alone stops nothing, and the root tells it the rest",
  async () => {
    const scene = await onTier("cluster");
    const { system } = scene;
    const { copy, copies, known, unknown } = await liveOnAfterACopy(scene);
    await copy.restore();
    await scene.start();
    await untilRunning(system, known, 1);
    await untilRunning(system, unknown, 1);
    await expectDeploymentWorks(system, scene.image);
    await expectUntouched(system, copies);
    expect(await orphansOfCluster(system)).toEqual([]);
  },
);

testOnDocker(
  "empty databases of the cluster alone stop nothing, and the root tells it all",
  async () => {
    const scene = await onTier("cluster");
    const { system } = scene;
    const { service } = await deploy(system, anSla({ code: scene.image }), 2);
    await untilRunning(system, service, 2);
    const copies = await system.copies();
    await scene.stop();
    await rm(scene.database, { recursive: true });
    await scene.start();
    await untilRunning(system, service, 2);
    await expectDeploymentWorks(system, scene.image);
    await expectUntouched(system, copies);
  },
);
