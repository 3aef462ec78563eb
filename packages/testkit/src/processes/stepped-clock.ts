import { fileURLToPath } from "node:url";
import type { StartExtras } from "./service-process.ts";

/** The compiled one, from `src` as from `dist`. */
const hook = fileURLToPath(new URL("../../dist/processes/clock-hook.js", import.meta.url));

/**
 * For a start of a service: its wall clock moves by the first of `stepsMs` at the first SIGUSR2, by the next one at
 * the next, and so on.
 */
export function withSteppedClock(stepsMs: readonly number[]): Required<StartExtras> {
  return { nodeFlags: ["--import", hook], env: { CLOCK_STEPS_MS: stepsMs.join(",") } };
}
