import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { arch } from "node:os";
import { type Clock, type Logger, sleep } from "@oak/kit";
import { createFault, faultOf, RuntimeFault } from "../../domain/fault.ts";
import type { Namespace, NamespaceHost } from "../../network/ports.ts";
import type { DockerClient } from "./docker-client.ts";
import { isStatus, toRuntimeFault } from "./docker-faults.ts";
import { LABELS, PAUSE_LABEL } from "./labels.ts";
import { isListening } from "./listening-ports.ts";
import { ensurePauseImage, pauseArchitecture } from "./pause-image.ts";
import { type NamespaceOrigin, toPauseOptions } from "./pause-options.ts";
import { ENTERED_NAME } from "./pause-program.ts";

export interface PauseContainersOptions {
  client: DockerClient;
  engineId: string;
  /** Process id of a workload's container as last seen. */
  pidOf: (handle: string) => number | undefined;
  clock: Clock;
  logger: Logger;
}

/** The program needs microseconds, and a busy machine its time. */
const enterWithinMs = 10_000;
const lookAgainMs = 2;

/** Namespaces as containers that do nothing: they outlive the agent, and Docker lets others join them. */
export function createPauseContainers(options: PauseContainersOptions): NamespaceHost {
  const { client, engineId, clock, logger } = options;
  const { docker, call } = client;
  let image: Promise<string> | undefined;
  let canEnter = true;

  const imageName = (): Promise<string> => {
    image ??= ensurePauseImage(client, pauseArchitecture(arch())).catch((error: unknown) => {
      image = undefined;
      throw error;
    });
    return image;
  };

  const create = async (origin: NamespaceOrigin): Promise<string> => {
    const name = `oak-pause.${engineId.slice(0, 6)}.${randomBytes(4).toString("hex")}`;
    const body = { name, ...toPauseOptions(origin, { image: await imageName(), engineId }) };
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

  const run = async (handle: string, origin: NamespaceOrigin): Promise<number> => {
    const container = docker.getContainer(handle);
    await call((abortSignal) => container.start({ abortSignal }));
    const { State } = await call((abortSignal) => container.inspect({ abortSignal }));
    if (!State.Running) throw new RuntimeFault(createFault("network_lost"));
    if (origin === "entered") await untilEntered(State.Pid, clock);
    return State.Pid;
  };

  const make = async (origin: NamespaceOrigin): Promise<Namespace & { pid: number }> => {
    let handle: string | undefined;
    try {
      handle = await create(origin);
      return { handle, pid: await run(handle, origin) };
    } catch (error) {
      // Somebody may have removed the image.
      if (isStatus(error, 404)) image = undefined;
      if (handle !== undefined) await remove(handle).catch(() => undefined);
      throw toRuntimeFault(error, "runtime_failed");
    }
  };

  const makeEntered = async (): Promise<Namespace & { pid: number }> => {
    try {
      return await make("entered");
    } catch (error) {
      const isOtherwise = image === undefined || faultOf(error).reason === "runtime_unavailable";
      if (isOtherwise) throw error;
      const namespace = await make("given");
      // Only this way works here: no room of the host for containers (user namespaces), no look at processes, a strict policy.
      canEnter = false;
      logger.info({ err: error }, "namespaces are made by Docker, which takes it longer");
      return namespace;
    }
  };

  return {
    make: () => (canEnter ? makeEntered() : make("given")),
    list: () => listPauses(client, engineId),
    remove,
    pidOf: options.pidOf,
    isListening,
  };
}

/** Docker says that a process runs as soon as it is about to. Until it has entered, it has the network of the host. */
async function untilEntered(pid: number, clock: Clock): Promise<void> {
  const deadlineMs = clock.monotonicMs() + enterWithinMs;
  for (;;) {
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => undefined);
    if (name?.trimEnd() === ENTERED_NAME) return;
    if (name === undefined || clock.monotonicMs() > deadlineMs) {
      throw new RuntimeFault(createFault("network_lost"));
    }
    await sleep(clock, lookAgainMs);
  }
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
