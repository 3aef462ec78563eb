import { beforeAll, expect } from "vitest";
import { type DockerProxy, startDockerProxy } from "../../../../node-engine/test/docker-proxy.ts";
import { anSla } from "./an-sla.ts";
import { deploy } from "./deployment.ts";
import { untilExactly } from "./exactly.ts";
import { type FleetSystem, startFleetSystem } from "./fleet-system.ts";
import { runsOnDocker } from "./on-docker.ts";
import { type Shared, shareSystem } from "./shared-system.ts";

/** A worker that reaches Docker through a socket of the test's, and two instances on it. */
export interface DockerScene {
  readonly shared: Shared<FleetSystem>;
  readonly docker: DockerProxy;
  readonly service: string;
  /** The two instances run, and there is nothing else. */
  untilExactlyTwo(): Promise<void>;
}

export function shareDockerScene(): DockerScene {
  let proxy: DockerProxy | undefined;
  const shared = shareSystem(async (bed) => {
    proxy = await startDockerProxy();
    bed.onClose(proxy.close);
    const commonEnv = { DOCKER_HOST: `unix://${proxy.socketPath}` };
    return startFleetSystem(bed, { workers: ["w1"], runtime: "docker", commonEnv });
  });
  const wanted = { service: "", numbers: [0, 1] };
  beforeAll(async () => {
    if (!runsOnDocker) return;
    wanted.service = (await deploy(shared.system, anSla({ code: shared.image }), 2)).service;
    await untilExactly(shared.system, wanted);
    expect(proxy).toBeDefined();
  });
  return {
    shared,
    get docker() {
      return proxy!;
    },
    get service() {
      return wanted.service;
    },
    untilExactlyTwo: () => untilExactly(shared.system, wanted),
  };
}
