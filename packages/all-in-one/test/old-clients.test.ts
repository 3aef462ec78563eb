import { describe, expect } from "vitest";
import {
  wireTypes,
  wrongTypes,
} from "../../../root-orchestrator/system-manager/test/clients/wire-types.ts";
import { startAllInOneSystem } from "./support/all-in-one-system.ts";
import { anSla, aWebServer } from "./support/an-sla.ts";
import { deploy, untilRunning } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import { testOnDocker } from "./support/on-docker.ts";
import { startSeparateServices } from "./support/separate-services.ts";
import { shareSystem } from "./support/shared-system.ts";
import { type System, untilNothingIsLeft } from "./support/system.ts";

/*
 * What strict clients decode, of a system in which everything is real: a cluster that reports, a worker with its figures,
 * a container with its logs. The sessions themselves are beside the system-manager.
 */
describe.each([
  ["one process", startAllInOneSystem],
  ["a process for each service", startSeparateServices],
] as const)("%s", (_name, start) => {
  const shared = shareSystem<System>(start);

  testOnDocker("everything that clients list has the types that they decode", async () => {
    const { api } = shared.system;
    const sla = anSla({ ...aWebServer(shared.image), memory: 48, vcpus: 1, environment: ["A=1"] });
    const { service, application } = await deploy(shared.system, sla, 2);
    await untilRunning(shared.system, service, 2);
    await eventually(async () => {
      const [instance] = (await api.service(service)).instance_list;
      expect(instance?.cpu_history.length).toBeGreaterThan(0);
    });

    const applications = await api.applications();
    expect(applications.map(({ applicationID: id }) => id)).toEqual([application]);
    expect(applications.flatMap((one) => wrongTypes(one, wireTypes.application))).toEqual([]);
    for (const services of [await api.services(), [await api.service(service)]]) {
      expect(services.map(({ microserviceID: id }) => id)).toEqual([service]);
      expect(services.flatMap((one) => wrongTypes(one, wireTypes.service))).toEqual([]);
      const instances = services.flatMap((one) => one.instance_list);
      expect(instances).toHaveLength(2);
      expect(instances.flatMap((one) => wrongTypes(one, wireTypes.instance))).toEqual([]);
      for (const { publicip, host_ip } of instances) expect([publicip, host_ip]).not.toContain("");
    }
    const clusters = await api.clusters();
    expect(clusters).toHaveLength(1);
    expect(clusters.flatMap((one) => wrongTypes(one, wireTypes.cluster))).toEqual([]);
    expect([clusters[0]?.ip, clusters[0]?.port]).not.toContain("");

    await api.deleteApplication(application);
    await untilNothingIsLeft(shared.system);
  });
});
