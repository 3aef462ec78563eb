export { type ClusterManagerConfig, readConfig } from "./config.ts";
export type { BrokerAddress } from "./mqtt/broker-link.ts";
export { type ClusterManager, createClusterManager } from "./service.ts";
export type { ClusterManagerOptions } from "./service-options.ts";
export type { BrokerAdmin } from "./use-cases/register-worker.ts";
