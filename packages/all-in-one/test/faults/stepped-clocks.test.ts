import { SERVICE_NODE_FLAGS, type ServiceProcess, withSteppedClock } from "@oak/testkit";
import { beforeAll, expect, test } from "vitest";
import { anSla } from "../support/an-sla.ts";
import { deploy, untilRunning } from "../support/deployment.ts";
import { eventually } from "../support/eventually.ts";
import { startFleetSystem } from "../support/fleet-system.ts";
import { shareOnBed } from "../support/shared-system.ts";
import { expectDeploymentWorks, sceneOf, untilSceneIs } from "../support/undisturbed.ts";

const hourMs = 3_600_000;
const { nodeFlags, env: commonEnv } = withSteppedClock([hourMs, -2 * hourMs, hourMs]);

const shared = shareOnBed((bed) =>
  startFleetSystem(bed, {
    workers: ["w1", "w2"],
    runtime: "fake",
    nodeFlags: [...SERVICE_NODE_FLAGS, ...nodeFlags],
    commonEnv,
  }),
);
let service: string;

beforeAll(async () => {
  ({ service } = await deploy(shared.system, anSla({ code: "fake/ok" }), 3));
  await untilRunning(shared.system, service, 3);
});

async function step(process: ServiceProcess): Promise<void> {
  const steps = () => process.logTail(Number.MAX_SAFE_INTEGER).split("--- the clock says").length;
  const before = steps();
  process.signal("SIGUSR2");
  await eventually(() => expect(steps()).toBe(before + 1));
}

test.for(["an hour ahead of all others", "an hour behind all others", "right again"])(
  "each service in turn has a clock that is %s, and nothing stops or moves",
  async () => {
    const { system } = shared;
    const scene = await sceneOf(system);
    for (const process of system.fleet.processes()) {
      await step(process);
      await expectDeploymentWorks(system, "fake/ok");
    }
    await untilRunning(system, service, 3);
    await untilSceneIs(system, scene);
  },
);
