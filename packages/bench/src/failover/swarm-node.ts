import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { TestBed } from "@oak/testkit";
import Docker from "dockerode";
import { until } from "../system/bench-system.ts";
import { entering } from "../system/namespaces.ts";

/** A Docker daemon that shares nothing with the machine's own: data, sockets, bridge, containerd. */
export interface SwarmNode {
  readonly name: string;
  readonly address: string;
  readonly docker: Docker;
  /** Starts the daemon and waits until it answers. */
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** The daemon and all that it started, at once. */
  powerOff(): Promise<void>;
}

export interface SwarmNodeOptions {
  name: string;
  namespace: string;
  address: string;
  /** of its own bridge, which only its namespace sees */
  bridge: string;
}

const startMs = 60_000;
const stopMs = 20_000;

/** Prepares a daemon; starts nothing. It ends with the bed. */
export async function addSwarmNode(bed: TestBed, options: SwarmNodeOptions): Promise<SwarmNode> {
  const { name, address } = options;
  const folder = join(bed.folder, name);
  await mkdir(folder);
  const socketPath = join(folder, "docker.sock");
  const docker = new Docker({ socketPath });
  let child: ChildProcess | undefined;

  const powerOff = async (): Promise<void> => {
    const target = child;
    const exited = target !== undefined && isRunning(target) ? once(target, "exit") : undefined;
    // Again and again: a shim that is killed may have been about to start something.
    for (let pids = processesOf(folder); pids.length > 0; pids = processesOf(folder)) {
      for (const pid of pids) kill(pid);
      await delay(20);
    }
    await exited;
  };
  bed.onClose(async () => {
    child?.kill("SIGCONT");
    await stopInOrder(docker, child);
    await powerOff();
  });

  return {
    name,
    address,
    docker,
    start: async () => {
      child = spawnDaemon(folder, options);
      await until(`${name} answers`, { withinMs: startMs, everyMs: 50 }, async () => {
        await docker.ping();
        return true;
      });
    },
    signal: (signal) => {
      child?.kill(signal);
    },
    powerOff,
  };
}

/** If this process is killed, nobody else ends the daemon. All of these become the program that follows. */
const dieWithParent = ["setpriv", "--pdeathsig", "KILL", "--"];

function spawnDaemon(folder: string, { namespace, bridge }: SwarmNodeOptions): ChildProcess {
  const log = openSync(join(folder, "daemon.log"), "a");
  try {
    const daemon = [
      "dockerd",
      `--data-root=${join(folder, "data")}`,
      `--exec-root=${join(folder, "exec")}`,
      `--pidfile=${join(folder, "docker.pid")}`,
      `--host=unix://${join(folder, "docker.sock")}`,
      `--bip=${bridge}`,
      "--iptables=false",
    ];
    // Mounts of its own: what it leaves mounted goes with it.
    const wrapped = [...dieWithParent, ...entering(namespace), "unshare", "--mount", ...daemon];
    const [command = "", ...args] = wrapped;
    return spawn(command, args, { stdio: ["ignore", log, log], detached: true });
  } finally {
    closeSync(log);
  }
}

/** Daemon, containerd, shims and what runs in their containers: all of them show the folder somewhere. */
function processesOf(folder: string): number[] {
  const all = readdirSync("/proc").map(Number).filter(Number.isInteger);
  const parents = new Map(all.map((pid) => [pid, parentOf(pid)]));
  const named = new Set(all.filter((pid) => read(pid, "cmdline").includes(folder)));
  const belongs = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
      if (named.has(at)) return true;
    }
    return false;
  };
  return all.filter((pid) => belongs(pid) && !isOver(pid));
}

function parentOf(pid: number): number | undefined {
  const parent = /^PPid:\s+(\d+)/m.exec(read(pid, "status"))?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** A zombie waits for its parent only. */
function isOver(pid: number): boolean {
  return !/^State:\s+[^ZX\s]/m.test(read(pid, "status"));
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** So that it unmounts and removes what it made; it need not succeed. */
async function stopInOrder(docker: Docker, child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || !isRunning(child)) return;
  await Promise.race([docker.swarmLeave({ force: true }), delay(stopMs)]).catch(() => undefined);
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await Promise.race([exited, delay(stopMs)]);
}
