import {
  hasRoomPorts,
  inOrderOfPorts,
  type ObservedWorkload,
  type WorkloadSpec,
} from "./workload.ts";

/** Less than any run takes, and more than a double loses at the size of a time in ms. */
const aMomentMs = 0.001;

/**
 * How a workload looks that has just been started, without asking: only a start lies between that and how
 * it was `before`. The time of the start is a moment after all that is known, so that any look at this run
 * replaces it, and none from before does. undefined: the runtime has to be asked, since it chose ports, since
 * it may be waiting for the workload to listen on them, or since the workload is not of this spec.
 */
export function asStarted(
  before: ObservedWorkload,
  spec: WorkloadSpec | undefined,
): ObservedWorkload | undefined {
  if (spec?.identity.specHash !== before.identity.specHash) return undefined;
  if (before.state === "running" || spec.ports.some(({ host }) => host === 0)) return undefined;
  if (hasRoomPorts(before)) return undefined;
  const { exitCode: _, ...rest } = before;
  return {
    ...rest,
    state: "running",
    startedAtMs: Math.max(before.startedAtMs, before.finishedAtMs) + aMomentMs,
    isOutOfMemory: false,
    publishedPorts: inOrderOfPorts(spec.ports),
  };
}
