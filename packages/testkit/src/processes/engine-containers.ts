import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";

/** Label that each container of a node-engine carries; other engines on the same Docker have another value. */
export const ENGINE_LABEL = "oak.engine-id";

/** File in which a node-engine keeps its id, somewhere below its data folder. */
const idFile = "node-id";
const removalMs = 30_000;

/** Ids of the node-engines that keep their data below `folder`; none when there is no such folder. */
export async function engineIdsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const files = entries.filter((entry) => entry === idFile || entry.endsWith(`/${idFile}`));
  // Another test may take its own folder away between the two looks.
  const read = (file: string) => readFile(join(folder, file), "utf8").catch(() => "");
  const texts = await Promise.all(files.map(read));
  return texts.map((text) => text.trim()).filter((id) => id !== "");
}

/** All containers of one engine, stopped ones too. */
export function containersOf(
  engineId: string,
  docker: Docker = new Docker(),
): Promise<Docker.ContainerInfo[]> {
  return docker.listContainers({
    all: true,
    filters: { label: [`${ENGINE_LABEL}=${engineId}`] },
  });
}

/**
 * Removes every container of one engine, which must not run any more: it would make them anew. Answers
 * the names of those that it removed.
 */
export async function removeContainersOf(
  engineId: string,
  docker: Docker = new Docker(),
): Promise<string[]> {
  const removed = new Set<string>();
  const deadlineMs = performance.now() + removalMs;
  for (;;) {
    const left = await containersOf(engineId, docker);
    if (left.length === 0) return [...removed];
    if (performance.now() > deadlineMs) throw new Error(`Containers of ${engineId} do not go away`);
    for (const { Id, Names } of left) {
      await docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoreGone);
      removed.add(Names[0] ?? Id);
    }
    // A removal that somebody else began answers before it is done.
    await delay(50);
  }
}

function ignoreGone(error: unknown): void {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  // 404: gone already; 409: being removed.
  if (status !== 404 && status !== 409) throw error;
}
