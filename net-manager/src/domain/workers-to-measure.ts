import type { KnownService } from "./known-service.ts";

/** Of a service on more workers some are never measured, and come after those that are. */
export const mostWorkersOfService = 32;

/**
 * Keys of the workers between which the distance decides; none when an instance runs on this worker, or all run on one. Those
 * of the own cluster come first.
 * @param here this worker
 */
export function workersToMeasure(
  { instances }: KnownService,
  here: { key: string; clusterId: string | undefined },
): string[] {
  const clusters = new Map<string, string>();
  for (const { isServing, attached, clusterId } of instances) {
    if (isServing && attached !== undefined) clusters.set(attached.worker.key, clusterId);
  }
  if (clusters.size < 2 || clusters.has(here.key)) return [];
  const isFar = (key: string): number => (clusters.get(key) === here.clusterId ? 0 : 1);
  return [...clusters.keys()]
    .toSorted((one, other) => isFar(one) - isFar(other))
    .slice(0, mostWorkersOfService);
}
