import type { Command } from "./command.ts";
import { doctor } from "./doctor/command.ts";

/** All that can follow `oak`, in the order of its help. */
export const commands: readonly Command[] = [doctor];
