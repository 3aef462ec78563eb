import type { Namespace } from "./ports.ts";

/** What is known of one namespace. */
export interface BookedNamespace {
  /** undefined: its process has ended. */
  pid: number | undefined;
  /** Absent: not connected by this agent. */
  slot?: string;
  /** Ready for a workload. */
  isFree: boolean;
}

/** The namespaces of this engine. */
export interface NamespaceBook {
  put(handle: string, entry: BookedNamespace): void;
  get(handle: string): BookedNamespace | undefined;
  delete(handle: string): void;
  /** All of them. */
  count(): number;
  free(): [string, BookedNamespace][];
  /**
   * Takes up what a list shows: those in `used` are taken. Answers what has to go: what nobody knows, and what waits and has lost its
   * process. A list that is not whole proves neither: it may name what is being made just now, or miss it.
   */
  adopt(
    listed: readonly Namespace[],
    used: ReadonlySet<string>,
    options: { isWhole: boolean },
  ): string[];
}

export function createNamespaceBook(): NamespaceBook {
  const entries = new Map<string, BookedNamespace>();

  const free = (): [string, BookedNamespace][] => [...entries].filter(([, one]) => one.isFree);

  /** One that was started again is another namespace, and empty. */
  const markLost = (listed: readonly Namespace[]): void => {
    const pids = new Map(listed.map(({ handle, pid }) => [handle, pid]));
    for (const [handle, entry] of entries) {
      if (pids.get(handle) !== entry.pid) entry.pid = undefined;
    }
  };

  return {
    put: (handle, entry) => void entries.set(handle, entry),
    get: (handle) => entries.get(handle),
    delete: (handle) => void entries.delete(handle),
    count: () => entries.size,
    free,
    adopt: (listed, used, { isWhole }) => {
      if (isWhole) markLost(listed);
      const unknown = listed.filter(({ handle }) => !entries.has(handle));
      for (const { handle, pid } of unknown) {
        if (used.has(handle)) entries.set(handle, { pid, isFree: false });
      }
      if (!isWhole) return [];
      const strays = unknown.filter(({ handle }) => !used.has(handle));
      const dead = free().filter(([, { pid }]) => pid === undefined);
      return [...strays.map(({ handle }) => handle), ...dead.map(([handle]) => handle)];
    },
  };
}
