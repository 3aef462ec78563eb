import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { FakeMachineOptions, FakeMachineState } from "./fake-machine.ts";

/**
 * Keeps the state of a scripted machine in a file, so that a worker process can be killed and find its
 * workloads again. Written at once on each change, as the kernel of a real machine forgets nothing
 * when an agent dies.
 */
export function machineStateFile(file: string): Pick<FakeMachineOptions, "state" | "onChange"> {
  const state = readState(file);
  const onChange = (next: FakeMachineState): void => {
    writeFileSync(`${file}.tmp`, JSON.stringify(next));
    renameSync(`${file}.tmp`, file);
  };
  return { onChange, ...(state !== undefined && { state }) };
}

function readState(file: string): FakeMachineState | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
