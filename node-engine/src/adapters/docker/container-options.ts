import type { PortMapping } from "@oak/contracts";
import type { ContainerCreateOptions } from "dockerode";
import type { WorkloadIdentity, WorkloadSpec } from "../../domain/workload.ts";
import { taskIdOf, toLabels } from "./labels.ts";

/** Docker's own lower bound; a service that asks for less gets this, and not no limit at all. */
const smallestMemoryMb = 6;
const bytesPerMb = 1024 * 1024;

/** How logs of one container are kept on disk. */
export interface LogLimits {
  /** As Docker writes sizes: `10m`. */
  maxSize: string;
  maxFiles: number;
}

/** `<task id>.<start of the engine's id>.<placement>`: readable, and unique on a shared Docker. */
export function containerName(identity: WorkloadIdentity, engineId: string): string {
  const name = `${taskIdOf(identity)}.${engineId.slice(0, 6)}.${identity.pair.placement}`;
  return name.replaceAll(/[^a-zA-Z0-9_.-]/g, "_");
}

/**
 * The name to use when the usual one still belongs to another copy: a deleted service of the same name,
 * or an older epoch of this one.
 */
export function longContainerName(identity: WorkloadIdentity, engineId: string): string {
  return `${containerName(identity, engineId)}.${identity.pair.epoch}.${identity.jobId.slice(-6)}`;
}

/** The body of Docker's create call. */
export function toContainerOptions(
  spec: WorkloadSpec,
  engineId: string,
  logs: LogLimits,
): ContainerCreateOptions {
  return {
    Image: spec.image,
    Hostname: spec.hostname,
    Env: [...spec.environment],
    Labels: toLabels(spec.identity, engineId),
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [portKey(port), {}])),
    // upstream: cmd replaces everything that the image would run. An empty entrypoint is what
    // makes Docker forget the image's own.
    ...(spec.cmd.length > 0 && { Entrypoint: [""], Cmd: [...spec.cmd] }),
    HostConfig: toHostConfig(spec, logs),
  };
}

function toHostConfig(spec: WorkloadSpec, logs: LogLimits): ContainerCreateOptions["HostConfig"] {
  const memoryBytes = Math.max(spec.memoryMb, smallestMemoryMb) * bytesPerMb;
  return {
    PortBindings: toPortBindings(spec.ports),
    PidsLimit: spec.pidsLimit,
    ...(spec.vcpus > 0 && { NanoCpus: Math.round(spec.vcpus * 1e9) }),
    // Equal limits for memory and memory with swap: a service must not swap beyond what it asked for.
    ...(spec.memoryMb > 0 && { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(spec.vgpus > 0 && {
      DeviceRequests: [{ Driver: "", Count: spec.vgpus, Capabilities: [["gpu"]] }],
    }),
    ...(spec.privileged && {
      Devices: [
        { PathOnHost: "/dev/fuse", PathInContainer: "/dev/fuse", CgroupPermissions: "rwm" },
      ],
    }),
    SecurityOpt: ["no-new-privileges"],
    LogConfig: {
      Type: "json-file",
      Config: { "max-size": logs.maxSize, "max-file": String(logs.maxFiles) },
    },
    // The engine restarts, with its own pauses and limits; two masters would fight.
    RestartPolicy: { Name: "no" },
    AutoRemove: false,
    Init: false,
  };
}

/** A container port may be published on several ports of the host. */
function toPortBindings(ports: readonly PortMapping[]): Record<string, { HostPort: string }[]> {
  const bindings: Record<string, { HostPort: string }[]> = {};
  for (const port of ports) {
    const hostPort = port.host === 0 ? "" : String(port.host);
    bindings[portKey(port)] = [...(bindings[portKey(port)] ?? []), { HostPort: hostPort }];
  }
  return bindings;
}

function portKey({ container, protocol }: PortMapping): string {
  return `${container}/${protocol}`;
}
