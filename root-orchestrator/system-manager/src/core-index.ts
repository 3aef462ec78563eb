export { DEFAULT_PLACER_SETTINGS as DEFAULT_ROOT_SETTINGS } from "./domain/plan-instance.ts";
export { createRootCore, type RootCore, type RootCoreDeps, UnknownSession } from "./root-core.ts";
export { type ClusterWatch, createClusterWatch } from "./use-cases/watch-clusters.ts";
