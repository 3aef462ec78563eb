import { fileURLToPath } from "node:url";
import type { ServiceProcess } from "@oak/testkit";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";

/** `npm run demo` without its shell. */
export const demoProgram = fileURLToPath(new URL("../../dist/demo/main.js", import.meta.url));

/** Waits until a program ends by itself; answers its exit code. */
export async function exitOf(program: ServiceProcess, limitMs?: number): Promise<number | null> {
  await eventually(() => expect(program.pid, program.logTail()).toBeUndefined(), limitMs);
  return program.stop();
}

/** Waits until a program has written something that fits. */
export async function untilWritten(program: ServiceProcess, text: string | RegExp): Promise<void> {
  await eventually(() => expect(program.logTail(10_000)).toMatch(text));
}

/** Everything that a program has written since it was made. */
export function outputOf(program: ServiceProcess): string {
  return program.logTail(Number.MAX_SAFE_INTEGER);
}
