import { expect, vi } from "vitest";
import { untilRunning } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import {
  exchangeOfTier,
  expectUntouched,
  goBackToACopy,
  loseTheDatabase,
  orphansOfRoot,
} from "./support/exchange-database.ts";
import { SYSTEM_TEST_MS, testOnDocker } from "./support/on-docker.ts";
import { expectDeploymentWorks } from "./support/undisturbed.ts";

vi.setConfig({ testTimeout: SYSTEM_TEST_MS });

testOnDocker(
  "an old copy of the root's databases stops nothing: what it knows runs, the rest is listed",
  async () => {
    const exchange = await exchangeOfTier("root");
    const { system, image } = exchange;
    const { copies, known, unknown } = await goBackToACopy(exchange);
    await untilRunning(system, known, 2);
    await eventually(async () => expect(await orphansOfRoot(system)).toEqual([`${unknown}/0`]));
    await expectDeploymentWorks(system, image);
    await expectUntouched(system, copies);
  },
);

testOnDocker(
  "empty databases of the root stop nothing: what runs is listed, and new services can be deployed",
  async () => {
    const exchange = await exchangeOfTier("root");
    const { system, image } = exchange;
    const { copies, service } = await loseTheDatabase(exchange);
    await eventually(async () => {
      expect(await orphansOfRoot(system)).toEqual([`${service}/0`, `${service}/1`]);
    });
    await expectDeploymentWorks(system, image);
    await expectUntouched(system, copies);
  },
);
