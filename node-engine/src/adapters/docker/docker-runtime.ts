import type { Clock, Logger } from "@oak/kit";
import { createFault, RuntimeFault } from "../../domain/fault.ts";
import type { ObservedWorkload } from "../../domain/workload.ts";
import type { CgroupReader } from "../../host/cgroup.ts";
import type { Runtime } from "../../ports.ts";
import { createContainerEvents } from "./container-events.ts";
import { createInspector } from "./container-inspector.ts";
import type { LogLimits } from "./container-options.ts";
import { createContainer } from "./create-container.ts";
import { demuxLogs, tailOf } from "./demux-logs.ts";
import { createDockerClient, type DockerAddress } from "./docker-client.ts";
import { isStatus, toRuntimeFault } from "./docker-faults.ts";
import { LABELS, PAUSE_LABEL } from "./labels.ts";
import { readLogMarks } from "./log-marks.ts";
import { createPauseContainers } from "./pause-containers.ts";
import { pullImage } from "./pull-image.ts";
import { readLogs } from "./read-logs.ts";
import { createUsageMeter } from "./usage-meter.ts";

export interface DockerRuntimeOptions extends DockerAddress {
  /** Only containers with this id in their labels are seen or touched. */
  engineId: string;
  clock: Clock;
  random: () => number;
  logger: Logger;
  cgroups: CgroupReader;
  /** Cores of the machine, for shares of CPU time. */
  cores: number;
  logs?: LogLimits;
  /** Limit of each call but pulls, milliseconds. */
  callTimeoutMs?: number;
}

const defaultLogs: LogLimits = { maxSize: "10m", maxFiles: 3 };
/** Docker needs some moments after the grace to kill and to clean up. */
const stopSlackMs = 20_000;
/** A start may have to wait for slow disks and many neighbours. */
const startTimeoutMs = 60_000;
const mostLogLines = 1_000;

/** Runs workloads as containers of the Docker Engine. */
export function createDockerRuntime(options: DockerRuntimeOptions): Runtime {
  const { engineId, clock, logs = defaultLogs } = options;
  const client = createDockerClient({
    clock,
    ...(options.socketPath !== undefined && { socketPath: options.socketPath }),
    ...(options.callTimeoutMs !== undefined && { timeoutMs: options.callTimeoutMs }),
  });
  const { docker, call } = client;
  const inspector = createInspector(client);
  const meter = createUsageMeter({ ...options, pidOf: inspector.pidOf });
  const containerEvents = createContainerEvents({ ...options, client, inspector });

  const list = async (): Promise<ObservedWorkload[]> => {
    const filters = { label: [`${LABELS.engineId}=${engineId}`] };
    const found = await guarded(() =>
      call((abortSignal) => docker.listContainers({ all: true, filters, abortSignal })),
    );
    const workloads = found.filter(({ Labels }) => Labels[PAUSE_LABEL.key] !== PAUSE_LABEL.value);
    return inspector.inspectAll(workloads.map(({ Id }) => Id));
  };

  const startWorkload = async (handle: string): Promise<void> => {
    try {
      await call(
        (abortSignal) => docker.getContainer(handle).start({ abortSignal }),
        startTimeoutMs,
      );
    } catch (error) {
      if (isStatus(error, 404)) throw gone(error);
      if (!isStatus(error, 304)) throw toRuntimeFault(error, "runtime_failed");
    }
  };

  const stopWorkload = async (handle: string, { graceMs }: { graceMs: number }): Promise<void> => {
    const t = Math.ceil(graceMs / 1_000);
    await settled([304, 404], () =>
      call(
        (abortSignal) => docker.getContainer(handle).stop({ t, abortSignal }),
        graceMs + stopSlackMs,
      ),
    );
  };

  const killWorkload = (handle: string): Promise<void> =>
    // 409: it does not run.
    settled([404, 409], () =>
      call((abortSignal) => docker.getContainer(handle).kill({ signal: "SIGKILL", abortSignal })),
    );

  const remove = async (handle: string): Promise<void> => {
    await settled([404, 409], () =>
      call((abortSignal) => {
        const removal = { force: true, v: true, abortSignal };
        return docker.getContainer(handle).remove(removal);
      }, stopSlackMs),
    );
    inspector.forget(handle);
  };

  return {
    name: "docker",
    capabilities: { ports: true, gpus: true, logs: true, usage: true },
    start: containerEvents.start,
    stop: containerEvents.stop,
    events: containerEvents.subscribe,
    list,
    pull: (image, pullOptions) => pullImage(client, image, pullOptions),
    namespaces: createPauseContainers({ ...options, client, pidOf: inspector.pidOf }),
    create: (spec, room) => {
      const site = { client, inspector, engineId, logs, clock };
      return createContainer(room === undefined ? site : { ...site, room }, spec);
    },
    startWorkload,
    look: inspector.inspect,
    stopWorkload,
    killWorkload,
    remove,
    usage: (handles) => meter.measure(handles),
    logMarks: (handles) => readLogMarks(handles, inspector.logPathOf),
    logsTail: async (handle, bytes) => {
      const query = { stdout: true, stderr: true, follow: false as const, tail: mostLogLines };
      const raw = await guarded(() =>
        call((abortSignal) => docker.getContainer(handle).logs({ ...query, abortSignal })),
      );
      return tailOf(demuxLogs(raw), bytes);
    },
    logs: (handle, query) => guardedEach(readLogs(client, handle, query)),
  };
}

function gone(cause?: unknown): RuntimeFault {
  return new RuntimeFault(createFault("workload_gone"), cause);
}

/** Runs a call for its answer; its errors become faults. */
async function guarded<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isStatus(error, 404)) throw gone(error);
    throw toRuntimeFault(error, "runtime_failed");
  }
}

/** The same for an answer that comes in pieces. */
async function* guardedEach<T>(pieces: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pieces;
  } catch (error) {
    if (isStatus(error, 404)) throw gone(error);
    throw toRuntimeFault(error, "runtime_failed");
  }
}

/** Runs a call for its effect; the named statuses say that it is already so. */
async function settled(alreadySo: readonly number[], run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isStatus(error, ...alreadySo)) throw toRuntimeFault(error, "runtime_failed");
  }
}
