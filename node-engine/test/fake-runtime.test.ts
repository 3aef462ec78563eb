import { systemClock } from "@oak/kit";
import { createFakeMachine } from "../src/adapters/fake/fake-machine.ts";
import { createFakeRuntime } from "../src/adapters/fake/fake-runtime.ts";
import { describeRuntime } from "./runtime-conformance.ts";

describeRuntime("the scripted runtime", async () => {
  const clock = systemClock;
  const machine = createFakeMachine({ clock });
  let port = 20_000;
  return {
    createRuntime: (engineId) =>
      createFakeRuntime({ machine, clock, engineId, latencyMs: () => 2 }),
    running: { image: "fake/ok" },
    printing: {
      job: { image: "fake/ok" },
      lines: ["ready: fake/ok"],
      inOrder: ["ready: fake/ok"],
    },
    exiting: { image: "fake/exit:3:after=30ms" },
    unstartable: { image: "fake/no-command" },
    missing: { image: "fake/missing" },
    kill: async (handle) => machine.kill(handle),
    freePort: async () => {
      port += 1;
      return port;
    },
    close: async () => machine.close(),
  };
});
