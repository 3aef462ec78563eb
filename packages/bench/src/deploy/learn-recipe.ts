import { removeContainersOf, type TestBed } from "@oak/testkit";
import type Docker from "dockerode";
import { type Recipe, recipeOf } from "./docker-contender.ts";
import type { ContainerEvents } from "./docker-events.ts";
import type { PublicApi } from "./public-api.ts";

export interface LearnRecipeDeps {
  docker: Docker;
  events: ContainerEvents;
  api: PublicApi;
  serviceId: string;
}

/** Deploys once to see what the system makes of the service; what is made like it ends with the bed. */
export async function learnRecipe(
  bed: TestBed,
  { docker, events, api, serviceId }: LearnRecipeDeps,
): Promise<Recipe> {
  const engineId = `bench${process.pid}`.padEnd(24, "0");
  bed.onClose(() => removeContainersOf(engineId, docker));
  const isOurs = (event: { labels: Readonly<Record<string, string>> }): boolean =>
    event.labels["oak.job-id"] === serviceId;
  const started = events.next("start", isOurs);
  await api.addInstance(serviceId);
  const { id } = await started;
  const recipe = await recipeOf(docker.getContainer(id), engineId);
  const gone = events.next("destroy", isOurs);
  const [instance] = await api.instances(serviceId);
  await api.removeInstance(serviceId, instance?.instance_number ?? 0);
  await gone;
  return recipe;
}
