import { ENGINE_LABEL } from "@oak/testkit";
import type Docker from "dockerode";
import type { ContainerEvent, ContainerEvents } from "./docker-events.ts";
import type { ContenderName, CrowdContender } from "./sample.ts";

/** What Docker is asked to make. */
export type Recipe = Docker.ContainerCreateOptions;

/**
 * Reads from a container how to make another one like it: same image, command, environment, limits, log
 * options and ports, and as many labels. Only the engine's mark differs, or the engine would take it for its own.
 */
export async function recipeOf(container: Docker.Container, engineId: string): Promise<Recipe> {
  const { Config, HostConfig } = await container.inspect();
  return {
    Image: Config.Image,
    Hostname: Config.Hostname,
    Env: Config.Env,
    Cmd: Config.Cmd,
    ...(Config.Entrypoint !== undefined && { Entrypoint: Config.Entrypoint }),
    ExposedPorts: Config.ExposedPorts ?? {},
    Labels: { ...Config.Labels, [ENGINE_LABEL]: engineId },
    HostConfig,
  };
}

/** The same without any network but a loopback. */
export function withoutNetwork(recipe: Recipe): Recipe {
  const { HostConfig } = recipe;
  return {
    ...recipe,
    ExposedPorts: {},
    HostConfig: { ...HostConfig, NetworkMode: "none", PortBindings: {} },
  };
}

export interface DockerContenderDeps {
  name?: Extract<ContenderName, `docker${string}`>;
  docker: Docker;
  events: ContainerEvents;
  recipe: Recipe;
}

/** The same container through Docker's API alone: create, then start. */
export function createDockerContender(deps: DockerContenderDeps): CrowdContender {
  const { name: contender = "docker", docker, events, recipe } = deps;
  let count = 0;
  const prepare = () => {
    count += 1;
    const name = `oak-bench-${contender}-${process.pid}-${count}`;
    const isOurs = ({ labels }: Pick<ContainerEvent, "labels">): boolean => labels["name"] === name;
    return { name, isOurs };
  };
  const takeAway = async (
    container: Docker.Container,
    isOurs: (event: ContainerEvent) => boolean,
  ): Promise<void> => {
    const gone = events.next("destroy", isOurs);
    await container.remove({ force: true, v: true });
    await gone;
  };
  return {
    measure: async () => {
      const { name, isOurs } = prepare();
      const heard = Promise.all([events.next("create", isOurs), events.next("start", isOurs)]);
      const startedMs = performance.now();
      const container = await docker.createContainer({ ...recipe, name });
      const answeredMs = performance.now();
      await container.start();
      const runningMs = performance.now();
      const [created, started] = await heard;
      await takeAway(container, isOurs);
      return {
        contender,
        answered: answeredMs - startedMs,
        created: created.atMs - startedMs,
        started: started.atMs - startedMs,
        running: runningMs - startedMs,
      };
    },
    measureCrowd: async (size) => {
      const crowd = Array.from({ length: size }, prepare);
      const heard = Promise.all(crowd.map(({ isOurs }) => events.next("start", isOurs)));
      const startedMs = performance.now();
      const containers = await Promise.all(
        crowd.map(async ({ name, isOurs }) => {
          const container = await docker.createContainer({ ...recipe, name });
          await container.start();
          return { container, isOurs };
        }),
      );
      const started = (await heard).map(({ atMs }) => atMs - startedMs);
      await Promise.all(containers.map(({ container, isOurs }) => takeAway(container, isOurs)));
      return { contender, started: started.toSorted((one, other) => one - other) };
    },
  };
}
