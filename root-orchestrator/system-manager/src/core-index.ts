export { DEFAULT_PLACER_SETTINGS as DEFAULT_ROOT_SETTINGS } from "./domain/plan-instance.ts";
export { DEFAULT_ROLLOUT_SETTINGS } from "./domain/plan-rollout.ts";
export type { JobPatch } from "./ports/jobs.ts";
export { createRootCore, type RootCore, type RootCoreDeps, UnknownSession } from "./root-core.ts";
export { type ClusterWatch, createClusterWatch } from "./use-cases/watch-clusters.ts";
