export { createCachedCredentials } from "./adapters/cached-credentials.ts";
export { createClusterManagerCredentials } from "./adapters/cluster-manager-credentials.ts";
export { createTierCredentials } from "./adapters/tier-credentials.ts";
export type { BrokerLimits } from "./mqtt/limits.ts";
export type { TlsIdentity } from "./mqtt/listener.ts";
export type { Credential, CredentialChecker, Identity } from "./ports.ts";
export { createMqttBroker, type MqttBroker, type MqttBrokerOptions } from "./service.ts";
