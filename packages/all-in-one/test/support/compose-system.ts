import { join } from "node:path";
import {
  addFullStack,
  addWorkerSite,
  ensureImages,
  type FullStack,
  type SharedImages,
  type StackSettings,
  type TestBed,
  type WorkerSite,
  type WorkerWishes,
} from "@oak/testkit";
import { afterAll, beforeAll } from "vitest";
import { runsOnDocker } from "./on-docker.ts";
import { createPublicApi, type PublicApi } from "./public-api.ts";
import { type Copy, copiesOf } from "./running-copies.ts";

/** Root and cluster in containers, and workers beside them. */
export interface ComposeSystem extends FullStack {
  readonly api: PublicApi;
  /** What the workers have, in the order of the instances. */
  copies(): Promise<Copy[]>;
}

/** Whoever comes first builds them, which takes minutes on a busy machine; to be called before anything that starts a stack. */
export function shareImages(): void {
  let images: SharedImages | undefined;
  beforeAll(async () => {
    if (runsOnDocker) images = await ensureImages();
  }, 600_000);
  afterAll(() => images?.remove());
}

/** The API of the root that was given these settings. */
export function apiOf({ url, adminPassword }: StackSettings): PublicApi {
  return createPublicApi(url, { username: "Admin", password: adminPassword });
}

/** Prepares a worker of the cluster with these settings; starts nothing. */
export function addComposeWorker(
  bed: TestBed,
  { ports, workerJoinSecret }: StackSettings,
  wishes: WorkerWishes,
): Promise<WorkerSite> {
  return addWorkerSite(bed, wishes, {
    prefix: "compose-",
    stateDir: join(bed.folder, wishes.name),
    managerPort: ports.CLUSTER_MANAGER_PORT,
    joinSecret: workerJoinSecret,
  });
}

/** Root, cluster and two workers, started. */
export async function startComposeSystem(bed: TestBed): Promise<ComposeSystem> {
  const stack = await addFullStack(bed);
  await stack.script();
  const workers = await Promise.all(
    ["w1", "w2"].map((name) => addComposeWorker(bed, stack.settings, { name })),
  );
  await Promise.all(workers.map(({ process }) => process.start()));
  return {
    ...stack,
    api: apiOf(stack.settings),
    copies: () => copiesOf(workers.map(({ stateDir }) => stateDir)),
  };
}
