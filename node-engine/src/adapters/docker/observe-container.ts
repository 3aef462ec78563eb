import { type PortMapping, parsePortList } from "@oak/contracts";
import type { ContainerInspectInfo } from "dockerode";
import {
  inOrderOfPorts,
  type ObservedWorkload,
  type WorkloadState,
} from "../../domain/workload.ts";
import { fromLabels, PORTS_LABEL } from "./labels.ts";

/** Reads an inspected container; undefined when it is not one of ours, or is being removed. */
export function toObservedWorkload(info: ContainerInspectInfo): ObservedWorkload | undefined {
  const identity = fromLabels(info.Config.Labels);
  if (identity === undefined || info.State.Status === "removing") return undefined;
  const state = toState(info.State);
  const startedAtMs = toMs(info.State.StartedAt);
  const finishedAtMs = toMs(info.State.FinishedAt);
  const room = toRoom(info);
  return {
    handle: info.Id,
    identity,
    state,
    createdAtMs: toMs(info.Created),
    startedAtMs,
    // containerd notes the end, Docker the start, a moment late: a very short run seems to end before it.
    finishedAtMs: state === "exited" ? Math.max(startedAtMs, finishedAtMs) : finishedAtMs,
    ...(state === "exited" && { exitCode: info.State.ExitCode }),
    isOutOfMemory: info.State.OOMKilled,
    publishedPorts: toPublishedPorts(info.NetworkSettings.Ports),
    ...(room !== undefined && { room }),
  };
}

const joined = "container:";

function toRoom({ HostConfig, Config }: ContainerInspectInfo): ObservedWorkload["room"] {
  const ports = Config.Labels[PORTS_LABEL];
  if (ports === undefined) return undefined;
  const mode = HostConfig.NetworkMode ?? "";
  if (!mode.startsWith(joined)) return undefined;
  return { namespace: mode.slice(joined.length), ports: parsePortList(ports) };
}

function toState(state: ContainerInspectInfo["State"]): WorkloadState {
  if (state.Running) return "running";
  // A start that failed leaves its text here and no new run behind: there is no exit to count.
  if (state.Error !== "" || state.Status === "created") return "created";
  return "exited";
}

/**
 * Docker's RFC 3339 with nanoseconds as milliseconds, fractions kept, since two events can fall into one
 * millisecond. Docker's zero time (year 1) is 0.
 */
export function toMs(time: string): number {
  const whole = Date.parse(time.replace(/\.\d+/, ""));
  if (!Number.isFinite(whole) || whole <= 0) return 0;
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? "0";
  return whole + Number(`0.${fraction}`) * 1_000;
}

type DockerPorts = ContainerInspectInfo["NetworkSettings"]["Ports"];

/**
 * Docker lists IPv4 and IPv6 apart; one mapping stands for both. Where Docker chose the host ports they may
 * differ, and the same number of the other family may be another container's: only IPv4 counts then, as in
 * the addresses of workers.
 */
function toPublishedPorts(ports: DockerPorts | null | undefined): PortMapping[] {
  const mappings = new Map<string, PortMapping>();
  for (const [name, bindings] of Object.entries(ports ?? {})) {
    const [container, protocol] = name.split("/");
    const all = bindings ?? [];
    const ipv4 = all.filter(({ HostIp }) => !HostIp.includes(":"));
    for (const binding of ipv4.length > 0 ? ipv4 : all) {
      mappings.set(`${name}/${binding.HostPort}`, {
        host: Number(binding.HostPort),
        container: Number(container),
        protocol: protocol === "udp" ? "udp" : "tcp",
      });
    }
  }
  return inOrderOfPorts([...mappings.values()]);
}
