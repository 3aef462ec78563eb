import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);
/** None of them has more to do than to ask the kernel. */
const limitMs = 10_000;

/**
 * Runs a program to its end and answers what it printed. It does not hear of our `LOG_LEVEL`: with one, wireguard-go keeps our pipes open from the
 * background, and its start would never end.
 */
export async function runProgram(program: string, ...args: string[]): Promise<string> {
  const command = ["-u", "LOG_LEVEL", program, ...args];
  const limit = { timeout: limitMs, killSignal: "SIGKILL" } as const;
  return (await execute("env", command, limit)).stdout;
}
