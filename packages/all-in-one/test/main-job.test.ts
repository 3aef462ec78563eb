import { expect } from "vitest";
import { startAllInOneSystem } from "./support/all-in-one-system.ts";
import { anSla, aWebServer } from "./support/an-sla.ts";
import { deploy, fetchPage, untilRunning } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import { docker, testOnDocker } from "./support/on-docker.ts";
import { shareSystem } from "./support/shared-system.ts";
import { untilNothingIsLeft } from "./support/system.ts";
import { readRecords } from "./support/tier-records.ts";

const shared = shareSystem(startAllInOneSystem);

testOnDocker(
  "one POST an instance becomes a container with a page, and DELETE leaves nothing of it",
  async () => {
    const sla = anSla({ ...aWebServer(shared.image), memory: 48, vcpus: 1 });
    const { service, application } = await deploy(shared.system, sla, 2);
    const instances = await untilRunning(shared.system, service, 2);
    const pages = await Promise.all(instances.map(fetchPage));
    expect(pages).toEqual(["hello from instance-0", "hello from instance-1"]);

    const copies = await shared.system.copies();
    expect(copies.map(({ instance }) => instance)).toEqual([`${service}/0`, `${service}/1`]);
    for (const { id } of copies) {
      const { HostConfig } = await docker.getContainer(id).inspect();
      expect(HostConfig).toMatchObject({
        NanoCpus: 1e9,
        Memory: 48 * 1024 * 1024,
        MemorySwap: 48 * 1024 * 1024,
        PidsLimit: 4_096,
      });
    }

    await shared.system.api.deleteInstance(service, 0);
    await eventually(async () => {
      const left = await shared.system.copies();
      expect(left.map(({ instance }) => instance)).toEqual([`${service}/1`]);
    });
    await untilRunning(shared.system, service, 1);
    await shared.system.api.deleteApplication(application);
    await untilNothingIsLeft(shared.system);
  },
);

testOnDocker(
  "the name and the host port of a deleted service can be used again at once",
  async () => {
    const [port] = await shared.bed.leasePorts(1);
    const sla = anSla({ ...aWebServer(shared.image), port: `${port}:8080` });
    const first = await deploy(shared.system, sla, 1);
    await untilRunning(shared.system, first.service, 1);
    await shared.system.api.deleteApplication(first.application);
    const second = await deploy(shared.system, sla, 1);
    const [instance] = await untilRunning(shared.system, second.service, 1);
    expect(instance?.published_ports).toBe(`${port}:8080/tcp`);
    expect(await fetchPage(instance!)).toBe("hello from instance-0");
    await shared.system.api.deleteApplication(second.application);
    await untilNothingIsLeft(shared.system);
  },
);

testOnDocker("the worker and its figures are seen at the root", async () => {
  await eventually(async () => {
    const [cluster] = await shared.system.api.clusters();
    expect(cluster).toMatchObject({ active: true, active_nodes: 1, virtualization: ["docker"] });
    expect(cluster!.total_cpu_cores).toBeGreaterThan(0);
    expect(cluster!.memory_in_mb).toBeGreaterThan(0);
  });
});

testOnDocker("the cluster forgets the specs of services that are gone", async () => {
  await eventually(async () => {
    expect((await readRecords(shared.system.tiers.cluster)).jobs).toEqual([]);
  });
});
