import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { createHttpClient } from "@oak/kit";
import { inNamespace } from "@oak/netlink";

export interface ServiceProcessOptions {
  /** Stands in messages and names the log file. */
  name: string;
  /** Compiled program, for example `packages/scheduler/dist/main.js` as an absolute path. */
  entry: string;
  args?: readonly string[];
  /** Everything that it gets beside PATH, HOME, TMPDIR and DOCKER_HOST; nothing else is inherited. */
  env?: Readonly<Record<string, string>>;
  /** Flags of Node itself; the same as the start scripts' by default. */
  nodeFlags?: readonly string[];
  /** A file that is the network namespace in which it runs, for example a fabric host's `path`. */
  namespace?: string;
  /** Folders of the machine in whose place it has others, by path: `{ "/run/tool": "<folder>" }`. Needs root. */
  ownFolders?: Readonly<Record<string, string>>;
  /** Where `/readyz` is asked: `http://host:port` or `unix:/path`. Absent: ready as soon as it runs. */
  healthUrl?: string | undefined;
  /** Standard output and error go to its end. */
  logFile: string;
}

/** What one single start has on top of what all of them have. */
export interface StartExtras {
  /** Further flags of Node, for example a module to load first. */
  nodeFlags?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** How a process ended: by itself, or by a signal. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** One program of the system as a process of its own, which can be killed and started again. */
export interface ServiceProcess {
  readonly name: string;
  readonly logFile: string;
  /** Where it tells its health; undefined for one that does not. */
  readonly healthUrl: string | undefined;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /**
   * Starts it and waits for its readiness.
   * @throws with the end of its log when it ends before, or is not ready in time
   */
  start(options?: StartExtras & { timeoutMs?: number }): Promise<void>;
  /** As {@link start}, without waiting; `waitUntilReady` may follow. */
  launch(extras?: StartExtras): void;
  waitUntilReady(timeoutMs?: number): Promise<void>;
  /**
   * Waits until it has ended, by itself or by somebody else.
   * @throws with the end of its log when it still runs after the limit
   */
  ended(timeoutMs?: number): Promise<ProcessEnd>;
  /** Sends a signal that need not end it, for example SIGSTOP. Nothing happens when it does not run. */
  signal(signal: NodeJS.Signals): void;
  /** Sends a signal to this process alone, SIGKILL if none is named, and waits for its end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Asks it to stop, and kills it if it does not in time. Answers the exit code; null after a kill. */
  stop(timeoutMs?: number): Promise<number | null>;
  /** The last lines of its log. */
  logTail(lines?: number): string;
}

/** The flags with which the start scripts run each service. */
export const SERVICE_NODE_FLAGS: readonly string[] = [
  "--max-semi-space-size=8",
  "--max-old-space-size=256",
];

/** The same of what runs on each worker, where memory counts for more. */
export const AGENT_NODE_FLAGS: Readonly<Record<string, readonly string[]>> = {
  "node-engine": ["--max-semi-space-size=1"],
  "net-manager": ["--max-semi-space-size=1", "--optimize-for-size"],
};

const readyTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;
const pollMs = 25;

export function createServiceProcess(options: ServiceProcessOptions): ServiceProcess {
  const { name, logFile, healthUrl } = options;
  let child: ChildProcess | undefined;

  const running = (): ChildProcess | undefined =>
    child !== undefined && child.exitCode === null && child.signalCode === null ? child : undefined;

  const logTail = (lines = 40): string => {
    const text = existsSync(logFile) ? readFileSync(logFile, "utf8").trimEnd() : "";
    return text.split("\n").slice(-lines).join("\n");
  };
  const failure = (reason: string): Error =>
    new Error(`${name} ${reason}. The end of ${logFile}:\n${logTail()}`);

  const launch = (extras: StartExtras = {}): void => {
    if (running() !== undefined) throw new Error(`${name} runs already`);
    child = spawnLogged(options, extras);
    // Without a listener an error of spawn would end the test process; `pid` stays undefined.
    child.on("error", () => undefined);
  };

  const waitUntilReady = async (timeoutMs = readyTimeoutMs): Promise<void> => {
    if (healthUrl === undefined) return;
    const deadlineMs = performance.now() + timeoutMs;
    const client = createHttpClient({ baseUrl: healthUrl, timeoutMs: 2_000 });
    try {
      for (;;) {
        if (running() === undefined) throw failure(`ended before it was ready (${endOf(child)})`);
        if (await answersReady(client)) return;
        if (performance.now() > deadlineMs) throw failure(`was not ready after ${timeoutMs} ms`);
        await delay(pollMs);
      }
    } finally {
      client.close();
    }
  };

  const ended = async (timeoutMs = stopTimeoutMs): Promise<ProcessEnd> => {
    const target = running();
    if (target?.pid !== undefined && !(await exitsWithin(target, timeoutMs))) {
      throw failure(`still runs after ${timeoutMs} ms`);
    }
    return { code: child?.exitCode ?? null, signal: child?.signalCode ?? null };
  };

  const kill = async (signal: NodeJS.Signals = "SIGKILL"): Promise<void> => {
    const target = running();
    if (target?.pid === undefined) return;
    const exited = once(target, "exit");
    target.kill(signal);
    await exited;
  };

  const stop = async (timeoutMs = stopTimeoutMs): Promise<number | null> => {
    const target = running();
    if (target?.pid === undefined) return child?.exitCode ?? null;
    const exits = exitsWithin(target, timeoutMs);
    target.kill("SIGTERM");
    if (!(await exits)) await kill();
    return target.exitCode;
  };

  return {
    name,
    logFile,
    healthUrl,
    get pid() {
      return running()?.pid;
    },
    start: async ({ timeoutMs, ...extras } = {}) => {
      launch(extras);
      await waitUntilReady(timeoutMs);
    },
    launch,
    waitUntilReady,
    ended,
    signal: (signal) => {
      running()?.kill(signal);
    },
    kill,
    stop,
    logTail,
  };
}

async function answersReady(client: ReturnType<typeof createHttpClient>): Promise<boolean> {
  try {
    await client.request({ path: "/readyz" });
    return true;
  } catch {
    return false;
  }
}

async function exitsWithin(target: ChildProcess, limitMs: number): Promise<boolean> {
  const limit = new AbortController();
  const exited = once(target, "exit").then(() => true);
  const late = delay(limitMs, false, { signal: limit.signal }).catch(() => false);
  try {
    return await Promise.race([exited, late]);
  } finally {
    limit.abort();
  }
}

function endOf(child: ChildProcess | undefined): string {
  return child?.signalCode ?? `exit code ${child?.exitCode ?? "unknown"}`;
}

function spawnLogged(options: ServiceProcessOptions, extras: StartExtras): ChildProcess {
  const { entry, args = [], env = {}, nodeFlags = SERVICE_NODE_FLAGS, logFile } = options;
  const log = openSync(logFile, "a");
  try {
    writeSync(log, `--- ${options.name} starts\n`);
    const flags = [...nodeFlags, ...(extras.nodeFlags ?? [])];
    const program = [process.execPath, ...flags, entry, ...args];
    const before = [...dieWithParent(), ...withFolders(options.ownFolders)];
    const [command = process.execPath, ...rest] = [...before, ...program];
    const start = () =>
      spawn(command, rest, {
        env: { ...inherited(), ...env, ...extras.env },
        // A group of its own: a Ctrl-C at the terminal is for whoever started it, who stops it in order.
        detached: true,
        stdio: ["ignore", log, log],
      });
    return options.namespace === undefined ? start() : inNamespace(options.namespace, start);
  } finally {
    closeSync(log);
  }
}

/** Where programs, temporary files and Docker are, which is the machine's matter. */
function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR, DOCKER_HOST } = process.env;
  return { PATH, HOME, TMPDIR, DOCKER_HOST };
}

/**
 * A test process that is killed cannot clean up, so the kernel is told to. `setpriv` becomes the program,
 * which keeps its process id.
 */
function dieWithParent(): readonly string[] {
  const setpriv = "/usr/bin/setpriv";
  return existsSync(setpriv) ? [setpriv, "--pdeathsig", "KILL", "--"] : [];
}

/** The program is started in place of the shell, and with the process id of this. */
const mountAndStart = 'mkdir -p "$1" "$2" && mount --bind "$1" "$2" && shift 2 && exec "$@"';

function withFolders(folders: ServiceProcessOptions["ownFolders"] = {}): readonly string[] {
  return Object.entries(folders).flatMap(([path, own]) => [
    "unshare",
    "--mount",
    "sh",
    "-c",
    mountAndStart,
    "sh",
    own,
    path,
  ]);
}
