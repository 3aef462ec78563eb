export type { BrokerAddress } from "@oak/tier/mqtt";
export { type ClusterManagerConfig, readConfig } from "./config.ts";
export { type ClusterManager, createClusterManager } from "./service.ts";
export type { ClusterManagerOptions } from "./service-options.ts";
export type { BrokerAdmin } from "./use-cases/register-worker.ts";
