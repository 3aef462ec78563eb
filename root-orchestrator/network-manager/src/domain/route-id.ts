import type { InstanceKey } from "@oak/contracts";

/** One for each cluster that has spoken of an instance: what one says cannot displace what another has said. */
export function routeId(key: InstanceKey, clusterId: string): string {
  return `${key} ${clusterId}`;
}
