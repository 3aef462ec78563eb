import { formatPortList, type PortMapping } from "@oak/contracts";
import type { ContainerCreateOptions } from "dockerode";
import type { Room, WorkloadIdentity, WorkloadSpec } from "../../domain/workload.ts";
import { PORTS_LABEL, taskIdOf, toLabels } from "./labels.ts";

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

/** What is the same for all workloads of an engine, and where this one belongs. */
export interface ContainerSite {
  engineId: string;
  logs: LogLimits;
  room?: Room;
}

/** The body of Docker's create call. */
export function toContainerOptions(
  spec: WorkloadSpec,
  { engineId, logs, room }: ContainerSite,
): ContainerCreateOptions {
  const labels = toLabels(spec.identity, engineId);
  return {
    Image: spec.image,
    Env: [...spec.environment],
    // Docker refuses a name and ports for what joins the network of another container.
    ...(room === undefined
      ? { Labels: labels, ...ownNetwork(spec) }
      : { Labels: { ...labels, [PORTS_LABEL]: formatPortList(room.ports) } }),
    // upstream: cmd replaces everything that the image would run. An empty entrypoint is what
    // makes Docker forget the image's own.
    ...(spec.cmd.length > 0 && { Entrypoint: [""], Cmd: [...spec.cmd] }),
    HostConfig: {
      ...toHostConfig(spec, logs),
      ...(room === undefined
        ? { PortBindings: toPortBindings(spec.ports) }
        : {
            NetworkMode: `container:${room.namespace}`,
            Binds: [`${room.resolvFile}:/etc/resolv.conf:ro`],
          }),
    },
  };
}

function ownNetwork({ hostname, ports }: WorkloadSpec): ContainerCreateOptions {
  return {
    Hostname: hostname,
    ExposedPorts: Object.fromEntries(ports.map((port) => [portKey(port), {}])),
  };
}

function toHostConfig(spec: WorkloadSpec, logs: LogLimits): ContainerCreateOptions["HostConfig"] {
  const memoryBytes = Math.max(spec.memoryMb, smallestMemoryMb) * bytesPerMb;
  return {
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
