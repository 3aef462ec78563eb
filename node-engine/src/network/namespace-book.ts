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
  free(): [string, BookedNamespace][];
  /**
   * Takes up what a list shows: those in `used` are taken. Answers what has to go: what waits and has lost its process, and, when the
   * list is whole, what nobody knows. One that is not whole may name what is being made just now, or miss it.
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

  const markMissing = (listed: readonly Namespace[]): void => {
    const seen = new Set(listed.map(({ handle }) => handle));
    for (const [handle, entry] of entries) if (!seen.has(handle)) entry.pid = undefined;
  };

  return {
    put: (handle, entry) => void entries.set(handle, entry),
    get: (handle) => entries.get(handle),
    delete: (handle) => void entries.delete(handle),
    free,
    adopt: (listed, used, { isWhole }) => {
      if (isWhole) markMissing(listed);
      const unknown: string[] = [];
      for (const { handle, pid } of listed) {
        const entry = entries.get(handle);
        if (entry !== undefined) entry.pid = pid;
        else if (used.has(handle)) entries.set(handle, { pid, isFree: false });
        else unknown.push(handle);
      }
      const dead = free().filter(([, { pid }]) => pid === undefined);
      return [...(isWhole ? unknown : []), ...dead.map(([handle]) => handle)];
    },
  };
}
