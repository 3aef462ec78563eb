import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const packageDir = fileURLToPath(new URL("../..", import.meta.url));

export interface ChildServer {
  url: string;
  pid: number;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts the compiled program as a process of its own; what is left of it after the test is killed. */
export function spawnServer(...args: string[]): Promise<ChildServer> {
  return serverIn(spawnMain(args));
}

/** The same with a bound on the size of its files, which is how a full disk looks to it. */
export function spawnServerWithFileLimit(
  kibibytes: number,
  ...args: string[]
): Promise<ChildServer> {
  const script = `ulimit -f ${kibibytes}; exec "$@"`;
  return serverIn(spawnMain(args, ["bash", "-c", script, "bash"]));
}

async function serverIn(child: ChildProcess): Promise<ChildServer> {
  const url = await readyUrl(child);
  return {
    url,
    pid: child.pid ?? 0,
    async kill(signal) {
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    },
  };
}

/** Starts the compiled program and waits for its end. */
export async function runServerToExit(
  ...args: string[]
): Promise<{ code: number; output: string }> {
  const child = spawnMain(args);
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = await once(child, "close");
  return { code: Number(code), output };
}

function spawnMain(args: readonly string[], wrapper: readonly string[] = []): ChildProcess {
  const main = [process.execPath, "dist/main.js", ...args];
  const [command = process.execPath, ...rest] = [...wrapper, ...main];
  const child = spawn(command, rest, { cwd: packageDir, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  });
  return child;
}

/** The line that says where it listens is the sign that it is ready. */
async function readyUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the child has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) return url;
  }
  throw new Error("the child ended before it listened");
}
