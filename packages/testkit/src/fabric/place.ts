import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { inNamespace } from "@oak/netlink";

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

export interface CommandOptions {
  /** On top of PATH, HOME and TMPDIR; nothing else is inherited. */
  env?: Readonly<Record<string, string>>;
  /** Given to its standard input. */
  input?: string;
  /** After which it is killed: 30,000 unless said otherwise. */
  timeoutMs?: number;
}

export interface SpawnOptions {
  env?: Readonly<Record<string, string>>;
  /** Its output goes to the end of this file; without one, nowhere. */
  logFile?: string;
}

/** A network namespace in which programs run. The file system is everybody's, so unix sockets reach across. */
export interface Place {
  /** A file that is the namespace. */
  readonly path: string;
  /** Runs a program to its end and answers what it printed. @throws with its complaints when it fails */
  run(command: Command, options?: CommandOptions): Promise<string>;
  /** Starts a program that stays. It dies with this process, at the latest. */
  spawn(command: Command, options?: SpawnOptions): ChildProcess;
  /** Starts a program that is spoken with over its standard input and output. */
  connect(command: Command): ChildProcessByStdio<Writable, Readable, null>;
  /** Runs synchronous code in it: what that opens belongs to the namespace. See `inNamespace`. */
  within<T>(action: () => T): T;
  /** Kills everything that was spawned here and still runs. */
  killAll(): Promise<void>;
}

const defaultTimeoutMs = 30_000;
const setpriv = "/usr/bin/setpriv";

export const createPlace = (path: string): Place => {
  const children = new Set<ChildProcess>();

  const start = <Child extends ChildProcess>(fork: () => Child): Child => {
    // The child is a fork of this very thread, so it is where the thread is.
    const child = inNamespace(path, fork);
    children.add(child);
    child.on("error", () => children.delete(child));
    child.on("exit", () => children.delete(child));
    return child;
  };

  return {
    path,
    run: (command, options = {}) => {
      const [program, ...args] = command;
      const { env, timeoutMs = defaultTimeoutMs } = options;
      const settings = {
        env: environment(env),
        timeout: timeoutMs,
        killSignal: "SIGKILL",
      } as const;
      return finished(
        command,
        start(() => spawn(program, args, settings)),
        options.input,
      );
    },
    spawn: (command, options = {}) => {
      const [program = "", ...args] = [...dieWithParent(), ...command];
      const output = options.logFile === undefined ? "ignore" : openSync(options.logFile, "a");
      try {
        return start(() =>
          spawn(program, args, {
            env: environment(options.env),
            // A group of its own: a Ctrl-C at the terminal is for whoever started it.
            detached: true,
            stdio: ["ignore", output, output],
          }),
        );
      } finally {
        if (output !== "ignore") closeSync(output);
      }
    },
    connect: ([program, ...args]) =>
      start(() => spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] })),
    within: (action) => inNamespace(path, action),
    killAll: async () => {
      await Promise.all([...children].map(kill));
    },
  };
};

/** SIGKILL, and the end. */
export const kill = async (child: ChildProcess): Promise<void> => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
};

const finished = (command: Command, child: ChildProcess, input = ""): Promise<string> =>
  new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    // A program that does not read its input may end before it was given.
    child.stdin?.on("error", () => undefined).end(input);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(stdout);
      else
        reject(new Error(`${command.join(" ")} ended with ${code ?? signal}: ${stderr}${stdout}`));
    });
  });

const environment = (env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, ...env };
};

/** A test process that is killed cannot clean up, so the kernel is told to. */
const dieWithParent = (): string[] =>
  existsSync(setpriv) ? [setpriv, "--pdeathsig", "KILL", "--"] : [];
