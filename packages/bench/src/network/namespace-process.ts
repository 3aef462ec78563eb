import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { entering } from "../system/namespaces.ts";
import { Answer } from "./answers.ts";

/** A program of ours inside a network namespace, which does what it is asked, one thing after another. */
export interface NamespaceProcess {
  readonly pid: number;
  /** @throws with what went wrong there, when it has ended, or when it is silent for too long */
  ask<T>(question: object, answer: z.ZodType<T>, timeoutMs?: number): Promise<T>;
  /** SIGKILL: a program that waits in the kernel hears of nothing else. */
  kill(): Promise<void>;
}

export interface NamespaceProcessOptions {
  /** Compiled program beside this one: `probe/main.js`. */
  program: string;
  namespace: string;
  /** Number of the core on which it stays; absent: anywhere. */
  core?: number | undefined;
  /** Of Node itself. */
  nodeFlags?: readonly string[];
}

const defaultTimeoutMs = 20_000;

/**
 * What makes a command run in a namespace and on a core, under the same process id, and end with us even when we are killed.
 */
export function placing(namespace: string, core: number | undefined): string[] {
  const pinned = core === undefined ? [] : ["taskset", "--cpu-list", String(core)];
  return [...entering(namespace), ...pinned, "setpriv", "--pdeathsig", "KILL"];
}

export function startInNamespace(options: NamespaceProcessOptions): NamespaceProcess {
  const { program, namespace, core, nodeFlags = [] } = options;
  const entry = fileURLToPath(new URL(program, import.meta.url));
  const [command = "", ...args] = placing(namespace, core);
  const child = spawn(command, [...args, process.execPath, ...nodeFlags, entry], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // A Ctrl-C at the terminal is for the bench, which ends this process in order.
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  child.on("error", () => undefined);

  return {
    pid,
    ask: async (question, answer, timeoutMs = defaultTimeoutMs) => {
      const reply = Answer.parse(await exchange(child, { program, question, timeoutMs }));
      if (reply.kind === "refusal") throw new Error(`${program}: ${reply.reason}`);
      return answer.parse(reply.value);
    },
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function exchange(
  child: ChildProcess,
  { program, question, timeoutMs }: { program: string; question: object; timeoutMs: number },
): Promise<unknown> {
  if (!child.connected) throw new Error(`${program} has ended`);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  const { signal } = limit;
  try {
    const answered = once(child, "message", { signal });
    const ended = once(child, "exit", { signal });
    ended.catch(() => undefined);
    child.send(question);
    const heard = await Promise.race([answered, ended.then(() => undefined)]);
    if (heard === undefined) throw new Error(`${program} has ended`);
    return heard[0];
  } catch (error) {
    throw signal.aborted ? new Error(`${program} said nothing for ${timeoutMs} ms`) : error;
  } finally {
    clearTimeout(timer);
    limit.abort();
  }
}
