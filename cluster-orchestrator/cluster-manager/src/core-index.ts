export { type ClusterCore, type ClusterCoreDeps, createClusterCore } from "./cluster-core.ts";
export { DEFAULT_PLACER_SETTINGS } from "./domain/settings.ts";
export { NotRegistered, type RootState } from "./use-cases/root-registration.ts";
