import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Allocatable, Resources } from "@oak/contracts";
import { allocatableOf } from "./allocatable.ts";
import type { GpuReader, GpuReading } from "./gpus.ts";
import { type CpuReading, cpuPercentBetween, parseCpuTimes, parseMeminfo } from "./proc-files.ts";

/** What does not change while the machine is up. */
export interface HostFacts {
  hostname: string;
  /** First IPv4 address that others can reach; absent without a network. */
  ip?: string;
  kernel: string;
  /** As Go names it: `amd64`, `arm64` … */
  architecture: string;
  /** Logical cores. */
  cores: number;
}

/** One look at the machine: how busy it is, and what it can give in all. */
export interface HostLoad {
  resources: Pick<
    Resources,
    | "cpu_percent"
    | "memory_percent"
    | "memory"
    | "vcpus"
    | "vgpus"
    | "gpu_percent"
    | "gpu_temp"
    | "gpu_drivers"
    | "vram"
    | "vram_percent"
  >;
  allocatable: Allocatable;
  memoryTotalMb: number;
  diskUsedPercent: number;
}

export interface HostReader {
  facts(): HostFacts;
  /** CPU percent is that since the look before; the first one says 0. */
  load(): Promise<HostLoad>;
}

export interface HostReaderOptions {
  gpus: GpuReader;
  /** Other folders are for tests. */
  procRoot?: string;
  /** The file system whose free space counts. */
  diskPath?: string;
}

const bytesPerMb = 1_024 * 1_024;

export function createHostReader(options: HostReaderOptions): HostReader {
  const { gpus, procRoot = "/proc", diskPath = "/" } = options;
  const cores = os.availableParallelism();
  let before: CpuReading | undefined;

  // Files of /proc are read at once: the kernel answers from memory, and the thread pool costs more.
  const readProc = (name: string): string => readFileSync(path.join(procRoot, name), "utf8");
  const readCpuPercent = (): number => {
    const now = parseCpuTimes(readProc("stat"));
    const percent = before === undefined ? 0 : cpuPercentBetween(before, now);
    before = now;
    return percent;
  };

  return {
    facts: () => {
      const ip = firstAddress(os.networkInterfaces());
      return {
        hostname: os.hostname(),
        ...(ip !== undefined && { ip }),
        kernel: os.release(),
        architecture: toGoArch(os.arch()),
        cores,
      };
    },
    load: async () => {
      const cpuPercent = readCpuPercent();
      const memory = parseMeminfo(readProc("meminfo"));
      const [disk, gpu] = await Promise.all([statfs(diskPath), gpus.read()]);
      const diskFreeMb = (disk.bavail * disk.bsize) / bytesPerMb;
      return {
        resources: {
          cpu_percent: round(cpuPercent),
          memory_percent: round(100 * (1 - memory.availableMb / Math.max(1, memory.totalMb))),
          memory: Math.floor(memory.availableMb),
          vcpus: cores,
          vgpus: gpu?.count ?? 0,
          ...toGpuResources(gpu),
        },
        allocatable: allocatableOf({
          cores,
          memoryMb: memory.totalMb,
          gpus: gpu?.count ?? 0,
          diskFreeMb,
        }),
        memoryTotalMb: Math.floor(memory.totalMb),
        diskUsedPercent: round(100 * (1 - disk.bavail / Math.max(1, disk.blocks))),
      };
    },
  };
}

function toGpuResources(gpu: GpuReading | undefined) {
  if (gpu === undefined) return {};
  return {
    gpu_percent: round(gpu.usagePercent),
    gpu_temp: round(gpu.temperature),
    gpu_drivers: [gpu.driver],
    vram: gpu.vramTotalMb,
    vram_percent: round(gpu.vramPercent),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Bridges of container engines are no way to this machine. */
const virtualInterface = /^(docker|br-|veth|virbr|cni|flannel)/;

/** First IPv4 address that is not of the machine's own loop; real interfaces before virtual ones. */
export function firstAddress(
  interfaces: NodeJS.Dict<os.NetworkInterfaceInfo[]>,
): string | undefined {
  const found = Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => ({ address, isVirtual: virtualInterface.test(name) })),
  );
  return (found.find(({ isVirtual }) => !isVirtual) ?? found[0])?.address;
}

const goArchitectures: Record<string, string> = {
  x64: "amd64",
  ia32: "386",
  ppc64: "ppc64le",
  mipsel: "mipsle",
};

/** Node's name of an architecture as Go, Docker and the SLA name it. */
export function toGoArch(architecture: string): string {
  return goArchitectures[architecture] ?? architecture;
}
