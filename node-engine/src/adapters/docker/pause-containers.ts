import { randomBytes } from "node:crypto";
import { arch } from "node:os";
import type { ContainerCreateOptions } from "dockerode";
import { createFault, RuntimeFault } from "../../domain/fault.ts";
import type { Namespace, NamespaceHost } from "../../network/ports.ts";
import type { DockerClient } from "./docker-client.ts";
import { isStatus, toRuntimeFault } from "./docker-faults.ts";
import { LABELS, PAUSE_LABEL } from "./labels.ts";
import { ensurePauseImage, pauseArchitecture } from "./pause-image.ts";

export interface PauseContainersOptions {
  client: DockerClient;
  engineId: string;
  /** Process id of a workload's container as last seen. */
  pidOf: (handle: string) => number | undefined;
}

/** Enough for what sets a container up; the program itself needs no more than one page or two. */
const memoryBytes = 8 * 1024 * 1024;
const pidsLimit = 16;

/** Namespaces as containers that do nothing: they outlive the agent, and Docker lets others join them. */
export function createPauseContainers(options: PauseContainersOptions): NamespaceHost {
  const { client, engineId } = options;
  const { docker, call } = client;
  let image: Promise<string> | undefined;

  const imageName = (): Promise<string> => {
    image ??= ensurePauseImage(client, pauseArchitecture(arch())).catch((error: unknown) => {
      image = undefined;
      throw error;
    });
    return image;
  };

  const create = async (): Promise<string> => {
    const name = `oak-pause.${engineId.slice(0, 6)}.${randomBytes(4).toString("hex")}`;
    const body = { name, ...toPauseOptions(await imageName(), engineId) };
    const { id } = await call((abortSignal) => docker.createContainer({ ...body, abortSignal }));
    return id;
  };

  const remove = async (handle: string): Promise<void> => {
    try {
      await call((abortSignal) =>
        docker.getContainer(handle).remove({ force: true, v: true, abortSignal }),
      );
    } catch (error) {
      // 409: somebody removes it already.
      if (!isStatus(error, 404, 409)) throw toRuntimeFault(error, "runtime_failed");
    }
  };

  const run = async (handle: string): Promise<number> => {
    const container = docker.getContainer(handle);
    await call((abortSignal) => container.start({ abortSignal }));
    const { State } = await call((abortSignal) => container.inspect({ abortSignal }));
    if (!State.Running) throw new RuntimeFault(createFault("network_lost"));
    return State.Pid;
  };

  return {
    make: async () => {
      let handle: string | undefined;
      try {
        handle = await create();
        return { handle, pid: await run(handle) };
      } catch (error) {
        // Somebody may have removed the image.
        if (isStatus(error, 404)) image = undefined;
        if (handle !== undefined) await remove(handle).catch(() => undefined);
        throw toRuntimeFault(error, "runtime_failed");
      }
    },
    list: () => listPauses(client, engineId),
    remove,
    pidOf: options.pidOf,
  };
}

async function listPauses({ docker, call }: DockerClient, engineId: string): Promise<Namespace[]> {
  const label = [`${LABELS.engineId}=${engineId}`, `${PAUSE_LABEL.key}=${PAUSE_LABEL.value}`];
  try {
    const found = await call((abortSignal) =>
      docker.listContainers({ all: true, filters: { label }, abortSignal }),
    );
    return await Promise.all(
      found.map(async ({ Id, State }) => {
        if (State !== "running") return { handle: Id };
        const info = await call((abortSignal) => docker.getContainer(Id).inspect({ abortSignal }));
        return info.State.Running ? { handle: Id, pid: info.State.Pid } : { handle: Id };
      }),
    );
  } catch (error) {
    throw toRuntimeFault(error, "runtime_failed");
  }
}

function toPauseOptions(image: string, engineId: string): ContainerCreateOptions {
  return {
    Image: image,
    // What joins it gets its name too, and cannot have one of its own.
    Hostname: "workload",
    Labels: { [LABELS.engineId]: engineId, [PAUSE_LABEL.key]: PAUSE_LABEL.value },
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      PidsLimit: pidsLimit,
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      // It prints nothing.
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
    },
  };
}
