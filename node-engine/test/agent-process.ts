import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";

const mainFile = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** To be called at the top of a file: a process takes seconds to start, and on a busy machine many of them. */
export function allowForProcesses(): void {
  vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
}

/** Repeats a check of what a process does until it passes. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 60_000, interval: 20 });

export interface AgentProcess {
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** Answers the exit code; null after a signal. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  exited: Promise<number | null>;
}

/** The agent as it is started on a worker: by its environment alone. */
export function startAgentProcess(
  env: Record<string, string>,
  flags: readonly string[] = [],
): AgentProcess {
  const args = [mainFile, ...flags];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += data;
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return {
    output: () => output,
    exited,
    signal: (signal) => void child.kill(signal),
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}
