import { type ExecFileException, execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);
/** None of them has more to do than to ask the kernel. */
const limitMs = 10_000;

/**
 * Runs a program to its end and answers what it printed. It does not hear of our `LOG_LEVEL`: with one, wireguard-go keeps our pipes open from the
 * background, and its start would never end.
 * @throws Error that says in one line which program failed, and why
 */
export async function runProgram(program: string, ...args: string[]): Promise<string> {
  const command = ["-u", "LOG_LEVEL", program, ...args];
  const limit = { timeout: limitMs, killSignal: "SIGKILL" } as const;
  try {
    return (await execute("env", command, limit)).stdout;
  } catch (cause) {
    throw new Error(`${program} failed: ${faultOf(cause)}`, { cause });
  }
}

/** In one line: wireguard-go logs why it ends, and draws a box where others say it. */
function faultOf(error: unknown): string {
  const { stdout = "", stderr = "", killed, code } = error as Partial<ExecFileException>;
  if (killed) return `it took longer than ${limitMs / 1_000} s`;
  const [, logged] = /^ERROR: \(.*?\) [\d/]+ [\d:]+ (.+)$/m.exec(stdout) ?? [];
  return logged ?? (stderr.trim().split("\n").at(-1) || `it ended with ${code}`);
}
