import type { InformationReport, NodeRegistration } from "@oak/contracts";

/** What a machine that stands for many looks like. */
export const CAPACITY = { vcpus: 8, memory: 16_384, vgpus: 0, storage: 100_000 } as const;

const refreshMs = 15_000;
/** A whole point is worth telling. */
const leastPoints = 1;

/**
 * Figures of a machine with some work: the load wanders from second to second, memory hardly moves. Told as
 * an engine does it: what changed by a point or more, and everything every 15 seconds.
 */
export function createMachineFigures(random: () => number) {
  let cpu = 5 + 30 * random();
  let memory = 20 + 40 * random();
  let told: { cpu: number; memory: number } | undefined;
  let toldAllAtMs = 0;
  const everything = () => ({
    cpu_percent: round(cpu),
    memory_percent: round(memory),
    memory: Math.round((CAPACITY.memory * (100 - memory)) / 100),
    vcpus: CAPACITY.vcpus,
    vgpus: 0,
    ip: "127.0.0.1",
    virtualization: ["docker"],
    allocatable: { ...CAPACITY },
  });
  return {
    everything,
    /** The news since the last call. */
    next: (nowMs: number): Partial<InformationReport> => {
      cpu = within(cpu + 6 * (random() - 0.5), 1, 60);
      memory = within(memory + 0.4 * (random() - 0.5), 10, 70);
      if (told === undefined || nowMs - toldAllAtMs >= refreshMs) {
        toldAllAtMs = nowMs;
        told = { cpu, memory };
        return everything();
      }
      const isCpuNews = Math.abs(cpu - told.cpu) >= leastPoints;
      const isMemoryNews = Math.abs(memory - told.memory) >= leastPoints;
      told = { cpu: isCpuNews ? cpu : told.cpu, memory: isMemoryNews ? memory : told.memory };
      return {
        ...(isCpuNews && { cpu_percent: round(cpu) }),
        ...(isMemoryNews && { memory_percent: round(memory) }),
      };
    },
    /** What follows a new connection begins with everything. */
    forgetTold: (): void => {
      told = undefined;
    },
  };
}

export type MachineFigures = ReturnType<typeof createMachineFigures>;

export interface Introduction {
  nodeId: string;
  name: string;
  figures: MachineFigures;
  joinSecret: string;
}

/** upstream: `POST /api/node/register`, the node structure. */
export function introduce({ nodeId, name, figures, joinSecret }: Introduction): NodeRegistration {
  return {
    ...figures.everything(),
    host: name,
    name,
    node_id: nodeId,
    machine_id: `machine-${nodeId}`,
    boot_id: `boot-${nodeId}`,
    proto: 1,
    token: joinSecret,
    architecture: "amd64",
    system_info: { kernel_version: "6.1", architecture: "amd64" },
    supported_addons: [],
    csi_drivers: [],
  };
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
