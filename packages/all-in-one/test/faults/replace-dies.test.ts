import { test } from "vitest";
import { arm } from "../support/dying-process.ts";
import { nameOf, replaceScenarios } from "../support/fail-point-scenarios.ts";
import { shareSilentWorkerScene } from "../support/silent-worker.ts";

const scene = shareSilentWorkerScene();

test.for(replaceScenarios.map((scenario) => [nameOf(scenario), scenario] as const))(
  "a silent worker is replaced, and has one copy less when it is back, after the death of %s",
  async ([, scenario]) => {
    const { holder, other } = await scene.sides();
    const doomed = await arm(scene.system, scenario, scene.instance);
    await holder.process.kill();
    await doomed.died();
    await doomed.revive();
    await scene.untilRunningAt(other);
    await holder.process.start();
    await scene.untilExactlyOne();
  },
);
