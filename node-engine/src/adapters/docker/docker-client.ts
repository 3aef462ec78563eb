import type { Clock } from "@oak/kit";
import Docker from "dockerode";
import { createFault, RuntimeFault } from "../../domain/fault.ts";

/** Where Docker listens; absent: `DOCKER_HOST` or the usual socket, as the docker command does. */
export interface DockerAddress {
  socketPath?: string;
}

/**
 * One connection to Docker whose calls always end.
 *
 * dockerode takes 13 MB of the agent's memory, since it loads SSH and gRPC whether they are used or not.
 * Its transport alone (docker-modem) would take 8 to 9, for typed calls of our own to look after: too little
 * to gain while the agent stays within its aim of 50 MB.
 */
export interface DockerClient {
  readonly docker: Docker;
  /**
   * Runs one call, which must hand the signal on. After `timeoutMs` it is cut and rejects with
   * `runtime_unavailable`: a Docker that hangs must not hang the engine with it.
   */
  call<T>(run: (signal: AbortSignal) => Promise<T>, timeoutMs?: number): Promise<T>;
}

export interface DockerClientOptions extends DockerAddress {
  clock: Clock;
  /** Limit of a call that names none. */
  timeoutMs?: number;
}

export function createDockerClient(options: DockerClientOptions): DockerClient {
  const { clock, socketPath, timeoutMs: defaultTimeoutMs = 20_000 } = options;
  const docker = socketPath === undefined ? new Docker() : new Docker({ socketPath });

  const call = <T>(run: (signal: AbortSignal) => Promise<T>, timeoutMs = defaultTimeoutMs) =>
    new Promise<T>((resolve, reject) => {
      const controller = new AbortController();
      const cancel = clock.setTimer(timeoutMs, () => {
        // Rejects before the abort does, so that the caller learns the true reason.
        const fact = `no answer within ${Math.round(timeoutMs / 1_000)} s`;
        reject(new RuntimeFault(createFault("runtime_unavailable", fact)));
        controller.abort();
      });
      run(controller.signal).then(resolve, reject).finally(cancel);
    });

  return { docker, call };
}
