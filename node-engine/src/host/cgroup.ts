import { readFileSync } from "node:fs";
import path from "node:path";

/** What the kernel counts for one group of processes. */
export interface CgroupFigures {
  /** CPU time used since the group began, nanoseconds. */
  cpuNs: number;
  /** Memory in use less inactive page cache, which the kernel gives back on demand. */
  memoryBytes: number;
}

/** Folders of one group. With version 1 each controller has a tree of its own. */
export type CgroupLocation =
  | { version: 1; cpu: string; memory: string }
  | { version: 2; folder: string };

export interface CgroupReader {
  /**
   * Finds the group of a container by the layouts that Docker uses, or by what /proc says of `pid`.
   * undefined when neither is there, for example because the container has ended.
   */
  locate(container: { id: string; pid?: number }): Promise<CgroupLocation | undefined>;
  /** undefined when the group is gone. */
  read(location: CgroupLocation): Promise<CgroupFigures | undefined>;
}

export interface CgroupReaderOptions {
  /** Where the kernel's files are; other folders are for tests. */
  root?: string;
  procRoot?: string;
}

export function createCgroupReader(options: CgroupReaderOptions = {}): CgroupReader {
  const { root = "/sys/fs/cgroup", procRoot = "/proc" } = options;

  const isReadable = async (location: CgroupLocation): Promise<boolean> =>
    (await readFigures(location)) !== undefined;

  const fromPid = async (pid: number): Promise<CgroupLocation | undefined> => {
    const text = readText(path.join(procRoot, String(pid), "cgroup"));
    return text === undefined ? undefined : locationOfProcess(root, text);
  };

  return {
    locate: async ({ id, pid }) => {
      for (const location of knownLayouts(root, id)) {
        if (await isReadable(location)) return location;
      }
      const location = pid === undefined || pid <= 0 ? undefined : await fromPid(pid);
      return location !== undefined && (await isReadable(location)) ? location : undefined;
    },
    read: readFigures,
  };
}

/** Docker's paths with the cgroupfs driver and with the systemd driver. */
function knownLayouts(root: string, id: string): CgroupLocation[] {
  const paths = [`docker/${id}`, `system.slice/docker-${id}.scope`];
  return paths.flatMap((inner): CgroupLocation[] => [
    { version: 2, folder: path.join(root, inner) },
    {
      version: 1,
      cpu: path.join(root, "cpuacct", inner),
      memory: path.join(root, "memory", inner),
    },
  ]);
}

/** Reads `/proc/<pid>/cgroup`: lines of `<number>:<controllers>:<path>`. */
function locationOfProcess(root: string, text: string): CgroupLocation | undefined {
  const paths = new Map<string, string>();
  for (const line of text.trim().split("\n")) {
    const [, controllers = "", inner = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    for (const controller of controllers.split(",")) paths.set(controller, inner);
  }
  const cpu = paths.get("cpuacct");
  const memory = paths.get("memory");
  if (cpu !== undefined && memory !== undefined) {
    return {
      version: 1,
      cpu: path.join(root, "cpuacct", cpu),
      memory: path.join(root, "memory", memory),
    };
  }
  const unified = paths.get("");
  return unified === undefined ? undefined : { version: 2, folder: path.join(root, unified) };
}

async function readFigures(location: CgroupLocation): Promise<CgroupFigures | undefined> {
  const files = filesOf(location);
  const cpu = readText(files.cpu);
  const memory = readText(files.memory);
  if (cpu === undefined || memory === undefined) return undefined;
  const stat = readText(files.memoryStat);
  const inactive = fieldOf(
    stat ?? "",
    location.version === 1 ? "total_inactive_file" : "inactive_file",
  );
  return {
    cpuNs: location.version === 1 ? Number(cpu) : fieldOf(cpu, "usage_usec") * 1_000,
    memoryBytes: Math.max(0, Number(memory) - inactive),
  };
}

function filesOf(location: CgroupLocation) {
  if (location.version === 1) {
    return {
      cpu: path.join(location.cpu, "cpuacct.usage"),
      memory: path.join(location.memory, "memory.usage_in_bytes"),
      memoryStat: path.join(location.memory, "memory.stat"),
    };
  }
  return {
    cpu: path.join(location.folder, "cpu.stat"),
    memory: path.join(location.folder, "memory.current"),
    memoryStat: path.join(location.folder, "memory.stat"),
  };
}

/** The number in a line `<name> <number>`; 0 when there is none. */
function fieldOf(text: string, name: string): number {
  const value = new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1];
  return Number(value ?? 0);
}

/**
 * At once and not by the thread pool: the kernel answers from memory, and with the pool's four steps a file
 * the figures of many workloads each second cost three times as much.
 */
function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
