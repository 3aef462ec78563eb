import { expect } from "vitest";
import { startAllInOneSystem } from "./support/all-in-one-system.ts";
import { anSla } from "./support/an-sla.ts";
import { type Deployment, deploy, untilRunning } from "./support/deployment.ts";
import { testOnDocker } from "./support/on-docker.ts";
import { shareSystem } from "./support/shared-system.ts";
import { untilNothingIsLeft } from "./support/system.ts";
import { expectDeploymentWorks, sceneOf, untilSceneIs } from "./support/undisturbed.ts";

const shared = shareSystem(startAllInOneSystem);
let deployed: Deployment;

const killAndRestart = async (): Promise<void> => {
  await shared.system.program.process.kill();
  await shared.system.program.process.start();
};

testOnDocker("kill -9 at rest is over with the restart", async () => {
  await killAndRestart();
  await expectDeploymentWorks(shared.system, shared.image);
  await untilNothingIsLeft(shared.system);
});

testOnDocker(
  "kill -9 at the moment in which three instances are accepted loses none and doubles none",
  async () => {
    deployed = await deploy(shared.system, anSla({ code: shared.image }), 3);
    await killAndRestart();
    await untilRunning(shared.system, deployed.service, 3);
    const instances = (await shared.system.copies()).map(({ instance }) => instance);
    expect(instances).toEqual([0, 1, 2].map((number) => `${deployed.service}/${number}`));
  },
);

testOnDocker(
  "kill -9 with three instances running leaves them alone, twice in a row too",
  async () => {
    const scene = await sceneOf(shared.system);
    await killAndRestart();
    await killAndRestart();
    await untilRunning(shared.system, deployed.service, 3);
    await expectDeploymentWorks(shared.system, shared.image);
    await untilSceneIs(shared.system, scene);
  },
);

testOnDocker("a stop and a start leave them alone as well", async () => {
  const scene = await sceneOf(shared.system);
  expect(await shared.system.program.process.stop()).toBe(0);
  expect((await shared.system.copies()).every(({ isRunning }) => isRunning)).toBe(true);
  await shared.system.program.process.start();
  await untilRunning(shared.system, deployed.service, 3);
  await untilSceneIs(shared.system, scene);
});

testOnDocker(
  "kill -9 at the moment in which their application is deleted leaves nothing",
  async () => {
    await shared.system.api.deleteApplication(deployed.application);
    await killAndRestart();
    await untilNothingIsLeft(shared.system);
  },
);
