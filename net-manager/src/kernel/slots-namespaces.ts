import { readdirSync, statSync } from "node:fs";
import { inNamespace, type Namespace, openNamespace, openRtnetlink } from "@oak/netlink";
import { procSysctls } from "./environment-sysctls.ts";
import type { Inside } from "./slots-inside.ts";

/** Network namespaces of processes. */
export interface Namespaces {
  /** undefined: there is no such process (any more). */
  open(pid: number): Namespace | undefined;
  /** Id of the one in which the data plane works. */
  own(): string;
  /** Runs synchronous code in it. */
  inside<T>(namespace: Namespace, action: (inside: Inside) => T): T;
  /** The processes in each namespace, by the namespace's id; looks at all processes, so it is for rare cases. */
  processes(): ReadonlyMap<string, readonly number[]>;
}

/** By way of `/proc`. */
export const procNamespaces: Namespaces = {
  open: openOf,
  own: () => idOf(openNamespace("/proc/thread-self/ns/net")),
  inside: (namespace, action) =>
    inNamespace(namespace.fd, () => {
      const kernel = openRtnetlink();
      try {
        return action({ kernel, sysctls: procSysctls });
      } finally {
        kernel.close();
      }
    }),
  processes: () => {
    const found = new Map<string, number[]>();
    for (const name of readdirSync("/proc")) {
      const id = /^\d+$/.test(name) ? idOfProcess(name) : undefined;
      if (id === undefined) continue;
      const pids = found.get(id);
      if (pids === undefined) found.set(id, [Number(name)]);
      else pids.push(Number(name));
    }
    return found;
  },
};

/**
 * By whichever of these processes is still in it: one that a workload started for a moment has ended since it was listed, and its number may be
 * that of another one.
 */
export function openInhabited(
  { open }: Pick<Namespaces, "open">,
  id: string,
  pids: readonly number[] = [],
): Namespace | undefined {
  for (const pid of pids) {
    const namespace = open(pid);
    if (namespace?.id === id) return namespace;
    namespace?.close();
  }
  return undefined;
}

/** undefined for one that ends meanwhile, or is kept from us. */
function idOfProcess(pid: string): string | undefined {
  try {
    const { dev, ino } = statSync(`/proc/${pid}/ns/net`);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function openOf(pid: number): Namespace | undefined {
  try {
    return openNamespace(pid);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A process that has just ended is still listed, with nothing behind it.
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

function idOf(namespace: Namespace): string {
  namespace.close();
  return namespace.id;
}
