import { expect, vi } from "vitest";
import { untilRunning } from "./support/deployment.ts";
import {
  exchangeOfTier,
  expectUntouched,
  goBackToACopy,
  loseTheDatabase,
} from "./support/exchange-database.ts";
import { SYSTEM_TEST_MS, testOnDocker } from "./support/on-docker.ts";
import { orphansOfCluster } from "./support/tier-records.ts";
import { expectDeploymentWorks } from "./support/undisturbed.ts";

vi.setConfig({ testTimeout: SYSTEM_TEST_MS });

testOnDocker(
  "an old copy of the cluster's databases stops nothing, and the root tells it the rest",
  async () => {
    const exchange = await exchangeOfTier("cluster");
    const { system, image } = exchange;
    const { copies, known, unknown } = await goBackToACopy(exchange);
    await untilRunning(system, known, 1);
    await untilRunning(system, unknown, 1);
    await expectDeploymentWorks(system, image);
    await expectUntouched(system, copies);
    expect(await orphansOfCluster(system)).toEqual([]);
  },
);

testOnDocker("empty databases of the cluster stop nothing, and the root tells it all", async () => {
  const exchange = await exchangeOfTier("cluster");
  const { system, image } = exchange;
  const { copies, service } = await loseTheDatabase(exchange);
  await untilRunning(system, service, 2);
  await expectDeploymentWorks(system, image);
  await expectUntouched(system, copies);
  expect(await orphansOfCluster(system)).toEqual([]);
});
