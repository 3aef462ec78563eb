import type { PortMapping } from "@oak/contracts";
import { inOrderOfPorts, type ObservedWorkload } from "../domain/workload.ts";

/** The latest look at each workload, with what its runtime cannot know of it. */
export interface Looks {
  /** Answers the look as others may see it. */
  see(workload: ObservedWorkload): ObservedWorkload;
  /** As others may see it at this moment. */
  describe(workload: ObservedWorkload): ObservedWorkload;
  get(handle: string): ObservedWorkload | undefined;
  /** Answers the namespace that was its own. */
  drop(handle: string): string | undefined;
  handles(): string[];
  /** Namespaces that belong to workloads. */
  namespaces(): Set<string>;
  of(namespace: string): string[];
}

export interface LooksDeps {
  /** Whether what joins this namespace now finds a network. */
  isAlive: (namespace: string) => boolean;
  portsOf: (handle: string) => readonly PortMapping[] | undefined;
  isOpening: (handle: string) => boolean;
}

export function createLooks({ isAlive, portsOf, isOpening }: LooksDeps): Looks {
  const looks = new Map<string, ObservedWorkload>();

  const describe = (workload: ObservedWorkload): ObservedWorkload => {
    const { room, handle, state } = workload;
    if (state !== "running") {
      const isCutOff = room === undefined || !isAlive(room.namespace);
      return isCutOff ? { ...workload, isCutOff } : workload;
    }
    if (room === undefined) return workload;
    const fixed = room.ports.filter(({ host }) => host !== 0);
    const publishedPorts = portsOf(handle) ?? inOrderOfPorts(fixed);
    return { ...workload, publishedPorts, ...(isOpening(handle) && { isOpening: true }) };
  };

  return {
    see: (workload) => {
      looks.set(workload.handle, workload);
      return describe(workload);
    },
    describe,
    get: (handle) => looks.get(handle),
    drop: (handle) => {
      const namespace = looks.get(handle)?.room?.namespace;
      looks.delete(handle);
      return namespace;
    },
    handles: () => [...looks.keys()],
    namespaces: () => new Set([...looks.values()].flatMap(({ room }) => room?.namespace ?? [])),
    of: (namespace) =>
      [...looks.values()]
        .filter(({ room }) => room?.namespace === namespace)
        .map(({ handle }) => handle),
  };
}
