import { expect, vi } from "vitest";
import { anSla, aWebServer } from "./support/an-sla.ts";
import { deploy, fetchPage, untilRunning } from "./support/deployment.ts";
import { testOnDocker } from "./support/on-docker.ts";
import { addSeparateServices } from "./support/separate-services.ts";
import { shareSystem } from "./support/shared-system.ts";
import { untilNothingIsLeft } from "./support/system.ts";

const shared = shareSystem((bed) => {
  // The compiled programs, also where the whole suite has all others start bundles.
  vi.stubEnv("TEST_PROGRAMS", undefined);
  return addSeparateServices(bed);
});

testOnDocker("ten processes, started in any order, deploy and delete as one would", async () => {
  await shared.system.startAll();
  const { service, application } = await deploy(shared.system, anSla(aWebServer(shared.image)), 2);
  const instances = await untilRunning(shared.system, service, 2);
  expect(await Promise.all(instances.map(fetchPage))).toEqual([
    "hello from instance-0",
    "hello from instance-1",
  ]);
  await shared.system.api.deleteApplication(application);
  await untilNothingIsLeft(shared.system);
});

testOnDocker("each of them ends in order when it is told to", async () => {
  const codes = await Promise.all(
    shared.bed.processes.map(async (one) => [one.name, await one.stop()]),
  );
  expect(codes).toEqual(shared.bed.processes.map(({ name }) => [name, 0]));
});
