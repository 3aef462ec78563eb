import type { Id } from "@oak/contracts";

/**
 * Tells the placer that the intent of a service changed. A hint that saves time: the placer finds the
 * change without it. Must not throw and must not wait.
 */
export type Nudge = (jobId: Id) => void;
