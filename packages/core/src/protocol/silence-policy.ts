import type { JobSpec, OnDisconnect } from "@oak/contracts";

/**
 * Times of `exclusive`: the worker has stopped its copy `ttlS` after it sent the last heartbeat that was
 * answered for it, and the cluster replaces it no sooner than `ttlS + marginS` after it heard the last one.
 * Both measure durations on their own clocks; the margin is for clocks that run at different speeds.
 */
export const EXCLUSIVE = { ttlS: 10, marginS: 5 } as const;

/**
 * What a tier does when the child that has an instance falls silent (protocol rule 7). The service may choose;
 * otherwise a worker is replaced, and a cluster is waited for: an uplink that is down is the edge's normal
 * day. What has volumes is waited for everywhere, since its data lies there.
 *
 * `exclusive` at the root is as good as `keep`: a silent cluster goes on, so nobody else may start.
 */
export function silencePolicyOf(
  { onDisconnect, volumes = [] }: Pick<JobSpec, "onDisconnect" | "volumes">,
  child: "worker" | "cluster",
): OnDisconnect {
  if (onDisconnect !== undefined) return onDisconnect;
  return child === "worker" && volumes.length === 0 ? "replace" : "keep";
}
