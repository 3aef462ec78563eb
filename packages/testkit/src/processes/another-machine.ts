import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { StartExtras } from "./service-process.ts";

/** The compiled one, from `src` as from `dist`. */
const hook = fileURLToPath(new URL("../../dist/processes/machine-hook.js", import.meta.url));

/** For a start of a node-engine: it believes to run on another machine than all others, with a boot of its own. */
export function asAnotherMachine(): StartExtras {
  return { nodeFlags: ["--import", hook], env: { MACHINE_BOOT_ID: randomUUID() } };
}
