import type { ObservedWorkload } from "../../domain/workload.ts";
import type { DockerClient } from "./docker-client.ts";
import { isStatus, toRuntimeFault } from "./docker-faults.ts";
import { toObservedWorkload } from "./observe-container.ts";

const parallelInspects = 8;

/** Looks at containers, and remembers where the kernel and Docker keep what they write of each. */
export interface Inspector {
  /** undefined: it is gone. */
  inspect(handle: string): Promise<ObservedWorkload | undefined>;
  inspectAll(handles: readonly string[]): Promise<ObservedWorkload[]>;
  pidOf(handle: string): number | undefined;
  /** File of its log; undefined when it was not seen, or logs go elsewhere. */
  logPathOf(handle: string): string | undefined;
  forget(handle: string): void;
}

export function createInspector({ docker, call }: DockerClient): Inspector {
  const seen = new Map<string, { pid: number; logPath: string }>();

  const inspect = async (handle: string): Promise<ObservedWorkload | undefined> => {
    try {
      const info = await call((abortSignal) =>
        docker.getContainer(handle).inspect({ abortSignal }),
      );
      seen.set(info.Id, { pid: info.State.Pid, logPath: info.LogPath });
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
    pidOf: (handle) => seen.get(handle)?.pid,
    logPathOf: (handle) => seen.get(handle)?.logPath || undefined,
    forget: (handle) => {
      seen.delete(handle);
    },
  };
}
