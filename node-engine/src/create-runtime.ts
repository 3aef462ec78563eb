import path from "node:path";
import type { Clock, Logger } from "@oak/kit";
import type { NetworkChoice } from "./create-network.ts";
import { createCgroupReader } from "./host/cgroup.ts";
import type { Runtime } from "./ports.ts";

export interface RuntimeChoice {
  kind: "docker" | "fake";
  /** Absent or off: the fake one cannot be joined to anything. */
  network?: NetworkChoice | undefined;
  engineId: string;
  stateDir: string;
  dockerSocketPath?: string;
  clock: Clock;
  random: () => number;
  logger: Logger;
  /** Of the machine. */
  cores: number;
}

/** Makes the runtime that was chosen; the code of the other is not even loaded. */
export async function createRuntime(choice: RuntimeChoice): Promise<Runtime> {
  return choice.kind === "docker" ? createDocker(choice) : createFake(choice);
}

async function createDocker(choice: RuntimeChoice): Promise<Runtime> {
  const { createDockerRuntime } = await import("./adapters/docker/docker-runtime.ts");
  const { kind: _, stateDir: __, dockerSocketPath: socketPath, ...rest } = choice;
  return createDockerRuntime({
    ...rest,
    cgroups: createCgroupReader(),
    ...(socketPath !== undefined && { socketPath }),
  });
}

/** Its workloads are kept beside the other state, so that they outlive the agent as containers would. */
async function createFake(choice: RuntimeChoice): Promise<Runtime> {
  const { engineId, stateDir, clock, network } = choice;
  const [
    { createFakeMachine },
    { createFakeRuntime },
    { machineStateFile },
    { createFakeNamespaces },
  ] = await Promise.all([
    import("./adapters/fake/fake-machine.ts"),
    import("./adapters/fake/fake-runtime.ts"),
    import("./adapters/fake/fake-machine-file.ts"),
    import("./adapters/fake/fake-namespaces.ts"),
  ]);
  const machine = createFakeMachine({
    clock,
    ...machineStateFile(path.join(stateDir, "fake-machine.json")),
  });
  const isJoinable = network !== undefined && network.mode !== "off";
  const runtime = createFakeRuntime({
    ...{ machine, clock, engineId },
    ...(isJoinable && { namespaces: createFakeNamespaces({ engineId, clock }) }),
  });
  return {
    ...runtime,
    stop: async () => {
      await runtime.stop();
      machine.close();
    },
  };
}
