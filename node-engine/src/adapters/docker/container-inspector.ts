import type { ObservedWorkload } from "../../domain/workload.ts";
import type { DockerClient } from "./docker-client.ts";
import { isStatus, toRuntimeFault } from "./docker-faults.ts";
import { toObservedWorkload } from "./observe-container.ts";

const parallelInspects = 8;

/** Looks at containers, and remembers the process ids that it saw. */
export interface Inspector {
  /** undefined: it is gone. */
  inspect(handle: string): Promise<ObservedWorkload | undefined>;
  inspectAll(handles: readonly string[]): Promise<ObservedWorkload[]>;
  pidOf(handle: string): number | undefined;
  forget(handle: string): void;
}

export function createInspector({ docker, call }: DockerClient): Inspector {
  const pids = new Map<string, number>();

  const inspect = async (handle: string): Promise<ObservedWorkload | undefined> => {
    try {
      const info = await call((abortSignal) =>
        docker.getContainer(handle).inspect({ abortSignal }),
      );
      pids.set(info.Id, info.State.Pid);
      return toObservedWorkload(info);
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw toRuntimeFault(error, "runtime_failed");
    }
  };

  const inspectAll = async (handles: readonly string[]): Promise<ObservedWorkload[]> => {
    const workloads: ObservedWorkload[] = [];
    const rest = handles.values();
    const work = async (): Promise<void> => {
      for (const handle of rest) {
        const workload = await inspect(handle);
        if (workload !== undefined) workloads.push(workload);
      }
    };
    await Promise.all(Array.from({ length: parallelInspects }, work));
    return workloads;
  };

  return {
    inspect,
    inspectAll,
    pidOf: (handle) => pids.get(handle),
    forget: (handle) => {
      pids.delete(handle);
    },
  };
}
