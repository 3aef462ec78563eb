import { test } from "vitest";
import { arm, launchArmed } from "../support/dying-process.ts";
import { nameOf, returnScenarios } from "../support/fail-point-scenarios.ts";
import { shareSilentWorkerScene } from "../support/silent-worker.ts";

const scene = shareSilentWorkerScene();

test.for(returnScenarios.map((scenario) => [nameOf(scenario), scenario] as const))(
  "the old copy of a worker that returns ends after the death of %s",
  async ([, scenario]) => {
    const { holder, other } = await scene.sides();
    await holder.process.kill();
    await scene.untilRunningAt(other);
    if (scenario.at === "worker") {
      const doomed = launchArmed([holder.process], scenario, scene.instance);
      await doomed.died();
      await doomed.revive();
    } else {
      const doomed = await arm(scene.system, scenario, scene.instance);
      holder.process.launch();
      await doomed.died();
      await doomed.revive();
      await holder.process.waitUntilReady();
    }
    await scene.untilExactlyOne();
  },
);
