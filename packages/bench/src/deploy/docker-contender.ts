import { ENGINE_LABEL } from "@oak/testkit";
import type Docker from "dockerode";
import type { ContainerEvents } from "./docker-events.ts";
import type { Contender } from "./sample.ts";

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

export interface DockerContenderDeps {
  docker: Docker;
  events: ContainerEvents;
  recipe: Recipe;
}

/** The same container through Docker's API alone: create, then start. */
export function createDockerContender(deps: DockerContenderDeps): Contender {
  const { docker, events, recipe } = deps;
  let count = 0;
  return {
    measure: async () => {
      count += 1;
      const name = `oak-bench-${process.pid}-${count}`;
      const isOurs = ({ labels }: { labels: Readonly<Record<string, string>> }): boolean =>
        labels["name"] === name;
      const heard = Promise.all([events.next("create", isOurs), events.next("start", isOurs)]);
      const startedMs = performance.now();
      const container = await docker.createContainer({ ...recipe, name });
      const answeredMs = performance.now();
      await container.start();
      const runningMs = performance.now();
      const [created, started] = await heard;
      const gone = events.next("destroy", isOurs);
      await container.remove({ force: true, v: true });
      await gone;
      return {
        contender: "docker",
        answered: answeredMs - startedMs,
        created: created.atMs - startedMs,
        started: started.atMs - startedMs,
        running: runningMs - startedMs,
      };
    },
  };
}
