import type { Clock } from "@oak/kit";
import type { ContainerCreateOptions } from "dockerode";
import { createFault, RuntimeFault } from "../../domain/fault.ts";
import type { ObservedWorkload, Room, WorkloadSpec } from "../../domain/workload.ts";
import type { Inspector } from "./container-inspector.ts";
import {
  containerName,
  type LogLimits,
  longContainerName,
  toContainerOptions,
} from "./container-options.ts";
import type { DockerClient } from "./docker-client.ts";
import { isStatus, toRuntimeFault } from "./docker-faults.ts";

export interface Creation {
  client: DockerClient;
  inspector: Inspector;
  engineId: string;
  logs: LogLimits;
  clock: Clock;
  room?: Room;
}

/** See {@link Runtime.create}. A usual name that belongs to another copy makes the name longer. */
export async function createContainer(
  creation: Creation,
  spec: WorkloadSpec,
): Promise<ObservedWorkload> {
  const { engineId } = creation;
  const names = [
    containerName(spec.identity, engineId),
    longContainerName(spec.identity, engineId),
  ];
  for (const name of names) {
    const workload = await createNamed(creation, spec, name);
    if (workload !== "name_taken") return workload;
  }
  throw new RuntimeFault(createFault("runtime_failed", `the names ${names.join(", ")} are taken`));
}

async function createNamed(
  creation: Creation,
  spec: WorkloadSpec,
  name: string,
): Promise<ObservedWorkload | "name_taken"> {
  const { client, inspector, clock, room } = creation;
  const body = toContainerOptions(spec, creation);
  const query = { name, ...(spec.platform !== undefined && { platform: spec.platform }) };
  const create = () =>
    client.call((abortSignal) =>
      client.docker.createContainer(toCreateCall({ query, body, abortSignal })),
    );
  try {
    const { id } = await create();
    const workload = justCreated(id, spec, clock.nowMs());
    if (room === undefined) return workload;
    return { ...workload, room: { namespace: room.namespace, ports: room.ports } };
  } catch (error) {
    if (!isStatus(error, 409)) throw asCreateFault(error);
    // An earlier create whose answer was lost, or another copy.
    const holder = await inspector.inspect(name);
    return holder !== undefined && isSameCopy(holder, spec) ? holder : "name_taken";
  }
}

function asCreateFault(error: unknown): RuntimeFault {
  // 404: no such image, or only one for another platform. Either way the right one has to be pulled.
  if (isStatus(error, 404)) return new RuntimeFault(createFault("image_missing"), error);
  return toRuntimeFault(error, isStatus(error, 400) ? "spec_refused" : "runtime_failed");
}

function isSameCopy({ identity }: ObservedWorkload, spec: WorkloadSpec): boolean {
  const { key, pair, specHash } = spec.identity;
  return (
    identity.key === key &&
    identity.pair.epoch === pair.epoch &&
    identity.pair.placement === pair.placement &&
    identity.specHash === specHash
  );
}

/** dockerode puts everything into the address and the body unless both are given apart. */
function toCreateCall(parts: {
  query: { name: string; platform?: string };
  body: ContainerCreateOptions;
  abortSignal: AbortSignal;
}): ContainerCreateOptions {
  const { query, body, abortSignal } = parts;
  const options = { ...query, _query: query, _body: body, abortSignal };
  return options;
}

/** What inspecting would say, without asking. */
function justCreated(handle: string, spec: WorkloadSpec, nowMs: number): ObservedWorkload {
  return {
    handle,
    identity: spec.identity,
    state: "created",
    createdAtMs: nowMs,
    startedAtMs: 0,
    finishedAtMs: 0,
    isOutOfMemory: false,
    publishedPorts: [],
  };
}
