import { expect, vi } from "vitest";
import { untilRunning } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import {
  exchangeOfAll,
  expectUntouched,
  goBackToACopy,
  loseTheDatabase,
} from "./support/exchange-database.ts";
import { SYSTEM_TEST_MS, testOnDocker } from "./support/on-docker.ts";
import { orphansOfCluster } from "./support/tier-records.ts";
import { expectDeploymentWorks } from "./support/undisturbed.ts";

vi.setConfig({ testTimeout: SYSTEM_TEST_MS });

testOnDocker(
  "an old copy of the database stops nothing: what it knows runs, the rest is listed",
  async () => {
    const exchange = await exchangeOfAll();
    const { system, image } = exchange;
    const { copies, known, unknown } = await goBackToACopy(exchange);
    await untilRunning(system, known, 2);
    await eventually(async () => expect(await orphansOfCluster(system)).toEqual([`${unknown}/0`]));
    await expectDeploymentWorks(system, image);
    await expectUntouched(system, copies);
  },
);

testOnDocker(
  "an empty database stops nothing: what runs is listed, and new services can be deployed",
  async () => {
    const exchange = await exchangeOfAll();
    const { system, image } = exchange;
    const { copies, service } = await loseTheDatabase(exchange);
    await eventually(async () => {
      expect(await orphansOfCluster(system)).toEqual([`${service}/0`, `${service}/1`]);
    });
    expect(await system.api.services()).toEqual([]);
    await expectDeploymentWorks(system, image);
    await expectUntouched(system, copies);
  },
);
