import type { InstanceKey, Pair, PortMapping } from "@oak/contracts";

/** Which copy of which instance a workload is; carried by its labels. */
export interface WorkloadIdentity {
  key: InstanceKey;
  jobId: string;
  jobName: string;
  instanceNumber: number;
  /** The pair under which it was created. A later pair may have adopted it; labels cannot change. */
  pair: Pair;
  /** Equal for workloads that would be created alike, see `hashSpec`. */
  specHash: string;
}

/** Everything that decides what is created, apart from who it is. */
export interface WorkloadSettings {
  image: string;
  /** Replaces entrypoint and command of the image. Empty: as the image says. */
  cmd: readonly string[];
  /** `NAME=value`. */
  environment: readonly string[];
  hostname: string;
  ports: readonly PortMapping[];
  /** Cores as a quota; 0: no limit. */
  vcpus: number;
  /** Hard limit in MB; 0: no limit. */
  memoryMb: number;
  /** Whole GPUs. */
  vgpus: number;
  /** upstream: gives the device /dev/fuse and nothing else. */
  privileged: boolean;
  /** Processes and threads. */
  pidsLimit: number;
  /** `os/arch`; absent: the platform of the machine. */
  platform?: string;
}

export interface WorkloadSpec extends WorkloadSettings {
  identity: WorkloadIdentity;
}

/**
 * `created`: exists and does not run, never ran or failed to start the last time. `exited`: ran and
 * ended. A paused workload counts as running.
 */
export type WorkloadState = "created" | "running" | "exited";

/**
 * One look at a workload. Looks may arrive late and out of order; the later one of two is the one with
 * the later start or end, both told by the runtime's own clock.
 */
export interface ObservedWorkload {
  /** The runtime's own name for it, for example the id of a container. */
  handle: string;
  identity: WorkloadIdentity;
  state: WorkloadState;
  /** Milliseconds since the Unix epoch, by the runtime's clock; fractions count. */
  createdAtMs: number;
  /** Of the latest run; 0: it never ran. */
  startedAtMs: number;
  /** End of the latest run that ended; 0: none did. */
  finishedAtMs: number;
  /** Of the latest run that ended. */
  exitCode?: number;
  /** True when the kernel killed it for its memory limit. */
  isOutOfMemory: boolean;
  /** What is published at the moment, in order; host ports that the runtime chose are filled in. */
  publishedPorts: readonly PortMapping[];
  /** The namespace that it shares, when one was made for it. */
  room?: Pick<Room, "namespace" | "ports">;
  /** Does not run, and would not find its network were it started: it has to be made again. */
  isCutOff?: true;
  /** Runs, and is given a moment to listen on its ports: nobody is to be led to it yet. */
  isOpening?: true;
}

/** A network that is ready before the workload is made. */
export interface Room {
  /** Handle of the namespace. */
  namespace: string;
  /** What the network publishes in place of the runtime; a host port of 0 is chosen by it. */
  ports: readonly PortMapping[];
  /** File of this machine that names the resolvers. */
  resolvFile: string;
}

/** Whether it is to be reached on ports that its network publishes. */
export function hasRoomPorts({ room }: Pick<ObservedWorkload, "room">): boolean {
  return room !== undefined && room.ports.length > 0;
}

/** The one order in which published ports are told. */
export function inOrderOfPorts(ports: readonly PortMapping[]): PortMapping[] {
  return [...ports].sort((a, b) => a.container - b.container || a.host - b.host);
}
