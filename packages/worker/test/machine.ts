import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const shims = fileURLToPath(new URL("machine", import.meta.url));

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** A bare machine: a root folder, processes and a network of its own, gone without a trace once it is closed. */
export interface Machine {
  run(command: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Starts something that goes on, and resolves when it has printed its first line. */
  launch(command: readonly string[]): Promise<void>;
  /** The same for a program of this machine's, which is of that one as far as the network goes. */
  launchBeside(command: readonly string[]): Promise<void>;
  /** Its path from outside. */
  path(file: string): string;
  read(file: string): Promise<string>;
  /** Puts a file or a folder there. */
  copy(from: string, to: string): Promise<void>;
  /** Every file, link and folder, but for what is the test's own. */
  files(): Promise<string[]>;
  close(): Promise<void>;
}

export interface RunOptions {
  input?: string;
  env?: Readonly<Record<string, string>>;
}

const searched = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const found = ["/", "-xdev", "-not", "-path", "/run/units*", "-not", "-path", "/var/lib/test*"];

/** `docker`: the socket of this machine's own engine, to be there as well. */
export async function bootMachine({ docker = "" } = {}): Promise<Machine> {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-machine-"));
  const namespaces = ["--mount", "--pid", "--net", "--uts", "--ipc", "--propagation", "private"];
  const keeper = spawn(
    "unshare",
    [
      ...namespaces,
      "--fork",
      "--kill-child=KILL",
      path.join(shims, "boot"),
      folder,
      process.execPath,
      shims,
      docker,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = once(keeper, "exit");
  await firstLine(keeper);
  const children = `/proc/${keeper.pid}/task/${keeper.pid}/children`;
  const first = (await readFile(children, "utf8")).trim();
  const root = await readlink(`/proc/${first}/root`);
  // Whatever is run there is meant for that machine, never for this one.
  if (root === "/") throw new Error("the machine has not entered its own root folder");
  const inside = (command: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const enter = [
      "--target",
      first,
      "--mount",
      "--pid",
      "--net",
      "--uts",
      "--ipc",
      "--root",
      "--wd",
    ];
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const clean = ["/usr/bin/env", "-i", `PATH=${searched}`, "HOME=/root", ...settings];
    return ["nsenter", ...enter, "--", ...clean, ...command];
  };
  const beside: ChildProcess[] = [];
  const place = (file: string): string => path.join("/proc", first, "root", file);
  const run: Machine["run"] = async (command, { input = "", env } = {}) => {
    const [program = "", ...words] = inside(command, env);
    const child = spawn(program, words);
    const texts = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      texts.stdout += part;
    });
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      texts.stderr += part;
    });
    // Who does not read it may have ended already.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    // Not "exit": what it wrote last may still be on its way then.
    const [code] = (await once(child, "close")) as [number];
    return { code, ...texts };
  };
  return {
    run,
    launch: async (command) => {
      const [program = "", ...words] = inside(command);
      await firstLine(spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] }));
    },
    launchBeside: async (command) => {
      const enter = ["--target", first, "--net", "--", ...command];
      const child = spawn("nsenter", enter, { stdio: ["ignore", "pipe", "inherit"] });
      beside.push(child);
      await firstLine(child);
    },
    path: place,
    read: (file) => readFile(place(file), "utf8"),
    copy: (from, to) => cp(from, place(to), { recursive: true }),
    files: async () => {
      const { stdout } = await run(["find", ...found, "-printf", "%p>%l\n"]);
      return stdout.split("\n").filter(Boolean).toSorted();
    },
    close: async () => {
      for (const child of beside) {
        child.kill("SIGKILL");
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      }
      keeper.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function firstLine(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`ended with ${code} before it was ready`);
  });
  await Promise.race([once(child.stdout ?? child, "data"), ended]);
  // What comes later is nobody's.
  child.stdout?.resume();
  ended.catch(() => undefined);
}
