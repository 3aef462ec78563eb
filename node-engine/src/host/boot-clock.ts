import { uptime } from "node:os";

/**
 * Milliseconds since the machine was booted, to 10 ms; the same for all processes, and unlike a monotonic clock
 * it counts the time in which the machine sleeps.
 */
export const bootMs = (): number => uptime() * 1_000;
