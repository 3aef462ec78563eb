import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { type Clock, sleep } from "@oak/kit";
import { createFault, RuntimeFault } from "../../domain/fault.ts";
import type { Namespace, NamespaceHost } from "../../network/ports.ts";

/** The variable by which a holder is known, also to a later agent. */
const mark = "OAK_FAKE_NAMESPACE";
const readyTries = 200;
const readyPauseMs = 5;

/**
 * Namespaces for workloads that only pretend: real ones, each held by a process that sleeps, so that a net-manager has something
 * to connect. Needs the right to make them. Like containers they outlive the agent.
 */
export function createFakeNamespaces(options: { engineId: string; clock: Clock }): NamespaceHost {
  const { engineId, clock } = options;
  const made = new Map<string, number>();

  /** A moment passes before a new process has left the namespace of this one. */
  const untilInside = async (pid: number): Promise<boolean> => {
    const ours = await readlink("/proc/self/ns/net");
    for (let tries = 0; tries < readyTries; tries += 1) {
      const its = await readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
      if (its === undefined) return false;
      if (its !== ours) return true;
      await sleep(clock, readyPauseMs);
    }
    return false;
  };

  return {
    make: async () => {
      const handle = `fake-namespace-${randomBytes(6).toString("hex")}`;
      const pid = await spawnHolder(`${engineId}/${handle}`);
      if (!(await untilInside(pid))) {
        throw new RuntimeFault(createFault("network_failed", "no namespace could be made"));
      }
      made.set(handle, pid);
      return { handle, pid };
    },
    list: () => listHolders(engineId),
    remove: async (handle) => {
      const known = made.get(handle);
      made.delete(handle);
      const pid = known ?? (await listHolders(engineId)).find((one) => one.handle === handle)?.pid;
      if (pid !== undefined) kill(pid);
    },
    pidOf: () => undefined,
    // What only pretends to run pretends to listen.
    isListening: async () => true,
  };
}

async function spawnHolder(name: string): Promise<number> {
  const holder = spawn("unshare", ["--net", "--", "sleep", "infinity"], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, [mark]: name },
  });
  try {
    await once(holder, "spawn");
  } catch (error) {
    throw new RuntimeFault(createFault("network_failed", "unshare cannot be run"), error);
  }
  holder.unref();
  return holder.pid ?? 0;
}

async function listHolders(engineId: string): Promise<(Namespace & { pid: number })[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ({ pid, name: await nameOf(pid) })));
  return found.flatMap(({ pid, name }) => {
    const [engine, handle] = name?.split("/") ?? [];
    return engine === engineId && handle !== undefined ? [{ handle, pid }] : [];
  });
}

/** undefined: no holder, or gone meanwhile. */
async function nameOf(pid: number): Promise<string | undefined> {
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  const variable = environment.split("\0").find((one) => one.startsWith(`${mark}=`));
  return variable?.slice(mark.length + 1);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
