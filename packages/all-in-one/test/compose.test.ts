import { expect } from "vitest";
import { anSla } from "./support/an-sla.ts";
import { type ComposeSystem, shareImages, startComposeSystem } from "./support/compose-system.ts";
import { deploy, untilRunning } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import { docker, testOnDocker } from "./support/on-docker.ts";
import { lifeOf } from "./support/running-copies.ts";
import { shareSystem } from "./support/shared-system.ts";

shareImages();
const shared = shareSystem(startComposeSystem);
let service = "";

testOnDocker(
  "root and cluster come up in containers, two workers join and run a service",
  async () => {
    const { system } = shared;
    await untilWorkers(system, 2);
    ({ service } = await deploy(system, anSla({ code: shared.image }), 2));
    await untilRunning(system, service, 2);
    expect(await system.copies()).toHaveLength(2);
  },
);

testOnDocker(
  "its containers are of a user without rights, and can change nothing but their data",
  async () => {
    for (const { id } of await shared.system.project.containers()) {
      const { Config, HostConfig } = await docker.getContainer(id).inspect();
      expect({ user: Config.User, ...HostConfig }).toMatchObject({
        user: expect.stringMatching(/^[1-9]/),
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
        LogConfig: { Type: "json-file", Config: { "max-file": "3" } },
        RestartPolicy: { Name: "unless-stopped" },
      });
      expect(HostConfig.Memory).toBeGreaterThan(0);
    }
  },
);

testOnDocker("only what users, workers and the other tier call is published", async () => {
  const { project, settings } = shared.system;
  const found = await docker.listContainers({
    filters: { label: [`com.docker.compose.project=${project.name}`] },
  });
  const published = found
    .flatMap(({ Ports }) => Ports)
    .filter(({ PublicPort }) => PublicPort !== undefined)
    .map(({ IP, PublicPort, Type }) => `${IP}:${PublicPort}/${Type}`);
  const { CLUSTER_MANAGER_PORT: signs } = settings.ports;
  const tcp = Object.values(settings.ports).map((port) => `127.0.0.1:${port}/tcp`);
  expect(published.toSorted()).toEqual([...tcp, `127.0.0.1:${signs}/udp`].toSorted());
});

testOnDocker("a second start finds everything as it should be and restarts nothing", async () => {
  const { system } = shared;
  const before = await livesOfContainers(system);
  expect(await system.script()).not.toContain(system.settings.adminPassword);
  expect(await livesOfContainers(system)).toEqual(before);
});

testOnDocker(
  "each container that crashes is started again, and the system stays right",
  async () => {
    const { system } = shared;
    const lives = (await system.copies()).map(lifeOf);
    for (const { service: name } of await system.project.containers()) {
      await system.project.crash(name);
      await untilRunning(system, service, 2);
      expect((await system.copies()).map(lifeOf)).toEqual(lives);
    }
    await system.project.untilWell();
    await untilWorkers(system, 2);
    await system.api.addInstance(service);
    await untilRunning(system, service, 3);
    expect((await system.copies()).map(lifeOf).slice(0, 2)).toEqual(lives);
  },
);

testOnDocker("taken down and up again, it finds the same instances running", async () => {
  const { system } = shared;
  const lives = (await system.copies()).map(lifeOf);
  await system.script("--down");
  expect(await system.project.containers()).toEqual([]);
  await system.script();
  await untilWorkers(system, 2);
  await untilRunning(system, service, 3);
  expect((await system.copies()).map(lifeOf)).toEqual(lives);
  await system.api.deleteInstance(service, -1);
  await eventually(async () => expect(await system.copies()).toEqual([]));
});

async function untilWorkers({ api }: ComposeSystem, count: number): Promise<void> {
  await eventually(async () => {
    const [cluster] = await api.clusters();
    expect(cluster).toMatchObject({ active: true, active_nodes: count });
  });
}

async function livesOfContainers({ project }: ComposeSystem) {
  const all = await project.containers();
  return all
    .map(({ id, startedAt }) => ({ id, startedAt }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
