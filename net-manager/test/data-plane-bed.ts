import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { createMetrics, createSilentLogger } from "@oak/kit";
import {
  inNamespace,
  openConntrack,
  openNamespace,
  openNftables,
  openRtnetlink,
  openTun,
} from "@oak/netlink";
import { expect, vi } from "vitest";
import { createDataPlane } from "../src/kernel/data-plane.ts";
import type { DataPlaneSettings } from "../src/kernel/data-plane-settings.ts";
import {
  type ChangedSysctl,
  procSysctls,
  type SysctlMemory,
  type Sysctls,
} from "../src/kernel/environment-sysctls.ts";
import { createRules } from "../src/kernel/rules.ts";
import { runProgram } from "../src/kernel/run-program.ts";
import { procNamespaces } from "../src/kernel/slots-namespaces.ts";
import type { DataPlane, Subnet } from "../src/ports.ts";
import { startWorkload, type Workload } from "./data-plane-workload.ts";

/** A machine: a namespace with one interface to the others. */
export interface Machine {
  path: string;
  subnet: Subnet;
  /** Address in the underlay, of the family of the bed. */
  host: string;
  run(program: string, ...args: string[]): string;
  /** Names of its own: the sockets of WireGuard devices lie in one folder for all. */
  wireguard: string;
  /** As a process that has just been started. */
  dataPlane(settings?: Partial<DataPlaneSettings>): TestDataPlane;
}

export interface TestDataPlane extends DataPlane {
  /** Resolves when it has looked several times whether all is right, from now on. */
  untilLookedAt(): Promise<void>;
}

export interface Bed {
  /** @param options with a folder for its key it can make encrypted tunnels */
  machine(options?: { keyFolder?: string }): Machine;
  /** @param namespace path of the one in which it runs; else it has an empty one of its own */
  workload(name: string, namespace?: string): Promise<Workload>;
  /** Ids of processes that sleep, each in a namespace of its own. */
  emptyNamespaces(count: number): number[];
  remove(): Promise<void>;
}

/** @param family of the underlay */
export function makeBed(family: 4 | 6 = 4): Bed {
  const prefix = `oakt-${randomBytes(3).toString("hex")}`;
  const names: string[] = [];
  const workloads: Workload[] = [];
  const sleepers: ChildProcess[] = [];
  const planes: DataPlane[] = [];
  const sealed = new Map<string, string>();
  const opened: { close(): void }[] = [];

  const makeNamespace = (name: string): string => {
    execFileSync("ip", ["netns", "add", name]);
    names.push(name);
    return name;
  };
  const runIn =
    (namespace: string) =>
    (program: string, ...args: string[]): string =>
      execFileSync("ip", ["netns", "exec", namespace, program, ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });

  // Frames between machines are nobody's business in there.
  const network = makeNamespace(`${prefix}-net`);
  const inNetwork = runIn(network);
  inNetwork("ip", "link", "add", "wire", "type", "bridge", "mcast_snooping", "0");
  inNetwork("ip", "link", "set", "wire", "up");

  const plug = (name: string, index: number): string => {
    const run = runIn(name);
    const port = `m${index}`;
    const peer = ["peer", "name", "uplink", "netns", name];
    inNetwork("ip", "link", "add", port, "type", "veth", ...peer);
    inNetwork("ip", "link", "set", port, "master", "wire", "up");
    run("ip", "link", "set", "lo", "up");
    run("ip", "address", "add", `192.0.2.${index}/24`, "dev", "uplink");
    run("ip", "address", "add", `2001:db8::${index}/64`, "dev", "uplink", "nodad");
    run("ip", "link", "set", "uplink", "up");
    return family === 4 ? `192.0.2.${index}` : `2001:db8::${index}`;
  };

  return {
    machine: ({ keyFolder } = {}) => {
      const index = names.length;
      const name = makeNamespace(`${prefix}-m${index}`);
      const path = `/run/netns/${name}`;
      const memory = createMemory();
      const device = `wg${prefix.slice(5)}m${index}`;
      sealed.set(name, device);
      return {
        path,
        host: plug(name, index),
        subnet: { v4: `10.18.${index}.64`, v6: `fc00::${index}00` },
        run: runIn(name),
        wireguard: device,
        dataPlane: (settings) => {
          const plane = openDataPlane({
            ...{ path, memory, opened, run: runIn(name) },
            settings: { wireguard: device, ...settings },
            ...(keyFolder !== undefined && { keyFile: `${keyFolder}/${name}.key` }),
          });
          planes.push(plane);
          return plane;
        },
      };
    },
    emptyNamespaces: (count) => {
      const children = Array.from({ length: count }, () =>
        spawn("unshare", ["--net", "sleep", "infinity"], { stdio: "ignore" }),
      );
      sleepers.push(...children);
      const pids = children.map(({ pid }) => pid ?? 0);
      untilAway(pids);
      return pids;
    },
    workload: async (name, namespace) => {
      const workload = await startWorkload(name, namespace);
      workloads.push(workload);
      return workload;
    },
    remove: async () => {
      for (const plane of planes) await plane.stop();
      // The program behind such a device would keep its namespace.
      for (const [name, device] of sealed) {
        if (runIn(name)("ip", "-br", "link").includes(device)) {
          runIn(name)("ip", "link", "delete", device);
        }
      }
      for (const one of opened) one.close();
      for (const workload of workloads) await workload.end();
      for (const sleeper of sleepers) sleeper.kill("SIGKILL");
      for (const name of names) execFileSync("ip", ["netns", "delete", name]);
    },
  };
}

/** A process is in the namespace of its parent until it has left that. */
function untilAway(pids: readonly number[]): void {
  const own = readlinkSync("/proc/self/ns/net");
  const deadlineMs = Date.now() + 10_000;
  while (pids.some((pid) => readlinkSync(`/proc/${pid}/ns/net`) === own)) {
    if (Date.now() > deadlineMs) throw new Error("Processes stay in our own namespace");
  }
}

function createMemory(): SysctlMemory {
  let kept: ReadonlyMap<string, ChangedSysctl> = new Map();
  return {
    load: () => kept,
    save: (changed) => {
      kept = new Map(changed);
    },
  };
}

function sysctlsOf(path: string): Sysctls {
  return {
    read: (key) => inNamespace(path, () => procSysctls.read(key)),
    write: (key, value) => inNamespace(path, () => procSysctls.write(key, value)),
    interfaces: () => inNamespace(path, () => procSysctls.interfaces()),
  };
}

interface OpenOptions {
  path: string;
  memory: SysctlMemory;
  opened: { close(): void }[];
  settings: Partial<DataPlaneSettings> | undefined;
  run: Machine["run"];
  keyFile?: string;
}

function openDataPlane(options: OpenOptions): TestDataPlane {
  const { path, memory, opened, settings, run, keyFile } = options;
  const parts = inNamespace(path, () => ({
    kernel: openRtnetlink(),
    table: openNftables({ table: "oak", watchIntervalMs: 200 }),
    guard: openNftables({ table: "oak", family: "bridge" }),
    conntrack: openConntrack(),
  }));
  opened.push(...Object.values(parts));
  const { kernel, ...tables } = parts;
  const rules = createRules({
    ...tables,
    name: "oak",
    list: async () =>
      ["inet", "bridge"]
        .map((kind) => run("nft", "-s", "-t", "list", "table", kind, "oak"))
        .join(""),
    docker: { add: async () => {}, remove: async () => {} },
    now: () => performance.now(),
    onError: () => {},
  });
  const metrics = createMetrics({ service: "net-manager" });
  const plane = createDataPlane({
    kernel,
    rules,
    openTun: (name, how) => inNamespace(path, () => openTun(name, how)),
    sysctls: sysctlsOf(path),
    sysctlMemory: memory,
    namespaces: {
      ...procNamespaces,
      own: () => {
        const namespace = openNamespace(path);
        namespace.close();
        return namespace.id;
      },
    },
    ...(keyFile !== undefined && {
      wireguard: {
        keyFile,
        run: (program, ...args) =>
          new Promise((resolve, reject) => {
            // The program is where this thread is when it starts.
            inNamespace(path, () => {
              runProgram(program, ...args).then(resolve, reject);
            });
          }),
      },
    }),
    settings: { repairEveryMs: 200, ...settings },
    logger: createSilentLogger(),
    metrics,
  });
  const looks = async (): Promise<number> => {
    const [, count] =
      /^oak_loop_duration_seconds_count\{.*"ok".*\} (\d+)$/m.exec(await metrics.render()) ?? [];
    return Number(count ?? 0);
  };
  return {
    ...plane,
    untilLookedAt: async () => {
      const enough = (await looks()) + 3;
      await vi.waitFor(async () => expect(await looks()).toBeGreaterThanOrEqual(enough), {
        timeout: 10_000,
        interval: 20,
      });
    },
  };
}
