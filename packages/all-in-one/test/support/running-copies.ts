import { ENGINE_LABEL, engineIdsBelow } from "@oak/testkit";
import { docker } from "./on-docker.ts";

/** A container of a worker under test, or what a worker that only pretends has in its place. */
export interface Copy {
  id: string;
  /** `<job id>/<instance number>` */
  instance: string;
  pair: string;
  isRunning: boolean;
  startedAt: string;
  pid: number;
}

/** All containers of the workers that keep their data below these folders, in the order of their instances. */
export async function copiesOf(folders: readonly string[]): Promise<Copy[]> {
  const engineIds = await Promise.all(folders.map(engineIdsBelow));
  const lists = await Promise.all(engineIds.flat().map((id) => listOf(id)));
  return inOrder(lists.flat());
}

export function inOrder(copies: readonly Copy[]): Copy[] {
  return copies.toSorted((a, b) => a.instance.localeCompare(b.instance));
}

/** The same containers without a restart in between: what is equal now and then was left alone. */
export function lifeOf({ id, instance, startedAt, pid }: Copy) {
  return { id, instance, startedAt, pid };
}

async function listOf(engineId: string): Promise<Copy[]> {
  const filters = { label: [`${ENGINE_LABEL}=${engineId}`] };
  const found = await docker.listContainers({ all: true, filters });
  const copies = await Promise.all(found.map(({ Id }) => copyOf(Id)));
  return copies.filter((copy) => copy !== undefined);
}

async function copyOf(id: string): Promise<Copy | undefined> {
  try {
    const { Config, State } = await docker.getContainer(id).inspect();
    const label = (name: string) => Config.Labels[`oak.${name}`] ?? "";
    return {
      id,
      instance: `${label("job-id")}/${label("instance")}`,
      pair: `${label("epoch")}/${label("placement")}`,
      isRunning: State.Running,
      startedAt: State.StartedAt,
      pid: State.Pid,
    };
  } catch (error) {
    if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return;
    throw error;
  }
}
