import type { JobSpec } from "@oak/contracts";

/** Why no second copy of an instance may run beside the first one, not even while it moves. */
export function whyNeverTwice({
  onDisconnect,
  volumes = [],
  one_shot,
}: Pick<JobSpec, "onDisconnect" | "volumes" | "one_shot">): string | undefined {
  if (onDisconnect === "exclusive") return "The service is exclusive: no two copies of it may run";
  if (volumes.length > 0) return "The service has volumes: its data lies on the worker";
  if (one_shot === true) return "The service is one_shot: a second copy would do its work again";
  return undefined;
}
