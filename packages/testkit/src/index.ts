export * from "./compose/compose-project.ts";
export * from "./compose/full-stack.ts";
export * from "./compose/stack-settings.ts";
export type { Exposure } from "./fabric/expose.ts";
export * from "./fabric/fabric.ts";
export {
  type Command,
  type CommandOptions,
  createPlace,
  type Place,
  type SpawnOptions,
} from "./fabric/place.ts";
export * from "./fabric/workload.ts";
export {
  ensureImages,
  IMAGE_SERVICES,
  keepImages,
  type SharedImages,
} from "./images/ensure-images.ts";
export * from "./processes/all-in-one-process.ts";
export * from "./processes/another-machine.ts";
export type { ClusterServiceName, ClusterSite, ClusterWishes } from "./processes/cluster-site.ts";
export * from "./processes/engine-containers.ts";
export * from "./processes/fail-at.ts";
export * from "./processes/fleet.ts";
export * from "./processes/port-leases.ts";
export { type ProgramName, programPath } from "./processes/program-paths.ts";
export * from "./processes/relay.ts";
export type { RootServiceName, RootSite, TierAccess } from "./processes/root-site.ts";
export * from "./processes/separate-services.ts";
export * from "./processes/service-process.ts";
export type { Site, SiteEnv, SiteManners } from "./processes/site.ts";
export * from "./processes/stepped-clock.ts";
export * from "./processes/test-bed.ts";
export {
  addWorkerSite,
  networkSocketOf,
  type WorkerPlace,
  type WorkerSite,
  type WorkerWishes,
} from "./processes/worker-site.ts";
export * from "./tar.ts";
export * from "./test-broker.ts";
export * from "./tiny-image.ts";
export * from "./tiny-registry.ts";
