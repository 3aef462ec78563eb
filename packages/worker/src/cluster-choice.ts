import { clusterHost, portNumber } from "./addresses.ts";
import type { SettingsChange } from "./settings.ts";

/** Options of both ways to name a cluster. */
export const clusterOptions = {
  clusterPort: { type: "string", short: "p" },
  "allow-loopback": { type: "boolean" },
} as const;

/** The cluster as it was named; what was not named is absent. */
export interface ClusterChoice {
  address?: string;
  port?: string;
}

/** @throws Refusal that says what is wrong with the address or the port */
export function readCluster(
  address: string | undefined,
  values: { clusterPort?: string | undefined; "allow-loopback"?: boolean | undefined },
): ClusterChoice {
  const allowLoopback = values["allow-loopback"] === true;
  return {
    ...(address !== undefined && { address: clusterHost(address, { allowLoopback }) }),
    ...(values.clusterPort !== undefined && { port: portNumber(values.clusterPort) }),
  };
}

/** What has to change for this cluster. */
export function changeOfCluster({ address, port }: ClusterChoice): SettingsChange {
  return {
    variables: {
      ...(address !== undefined && { OAK_CLUSTER_ADDRESS: address }),
      ...(port !== undefined && { OAK_CLUSTER_PORT: port }),
    },
    conf: {
      ...(address !== undefined && { cluster_address: address }),
      ...(port !== undefined && { cluster_port: Number(port) }),
    },
  };
}
