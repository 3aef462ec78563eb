import type { InstanceKey } from "@oak/contracts";
import type { ObservedWorkload } from "./workload.ts";

/**
 * The newest known look at each workload, from lists, events and answers that may overtake each other.
 *
 * INVARIANTS: a look never replaces a later one; a workload that was seen to go does not come back
 * (handles are not used twice); a list takes away only what was known when it was asked for.
 */
export interface ObservedWorkloads {
  /** false until the first list: then the absence of a workload means nothing. */
  isComplete(): boolean;
  get(handle: string): ObservedWorkload | undefined;
  of(key: InstanceKey): readonly ObservedWorkload[];
  all(): readonly ObservedWorkload[];
  keys(): InstanceKey[];
  /** Call before asking for a list; give it to `replace` with the answer. */
  mark(): number;
  replace(list: readonly ObservedWorkload[], mark: number): void;
  put(workload: ObservedWorkload): void;
  /** Answers the instance whose workload it was. */
  drop(handle: string): InstanceKey | undefined;
}

interface Entry {
  workload: ObservedWorkload;
  /** When it was first seen, in the counting of `mark`. */
  firstSeen: number;
}

export function createObservedWorkloads(): ObservedWorkloads {
  const entries = new Map<string, Entry>();
  const dropped = new Map<string, number>();
  let now = 0;
  let isComplete = false;

  const put = (workload: ObservedWorkload): void => {
    if (dropped.has(workload.handle)) return;
    const known = entries.get(workload.handle);
    if (known !== undefined && isOlder(workload, known.workload)) return;
    entries.set(workload.handle, { workload, firstSeen: known?.firstSeen ?? now });
  };

  const drop = (handle: string): InstanceKey | undefined => {
    const key = entries.get(handle)?.workload.identity.key;
    entries.delete(handle);
    dropped.set(handle, now);
    return key;
  };

  const replace = (list: readonly ObservedWorkload[], mark: number): void => {
    const listed = new Set(list.map(({ handle }) => handle));
    for (const [handle, { firstSeen }] of entries) {
      if (!listed.has(handle) && firstSeen < mark) entries.delete(handle);
    }
    for (const workload of list) put(workload);
    // Lists asked for from here on cannot name what was gone before them.
    for (const [handle, at] of dropped) if (at < mark) dropped.delete(handle);
    isComplete = true;
  };

  const all = (): ObservedWorkload[] => [...entries.values()].map(({ workload }) => workload);
  return {
    isComplete: () => isComplete,
    get: (handle) => entries.get(handle)?.workload,
    of: (key) => all().filter(({ identity }) => identity.key === key),
    all,
    keys: () => [...new Set(all().map(({ identity }) => identity.key))],
    mark: () => {
      now += 1;
      return now;
    },
    replace,
    put,
    drop,
  };
}

/** Later is what started or ended later; of two looks at one moment the end is later than the start. */
function isOlder(a: ObservedWorkload, b: ObservedWorkload): boolean {
  const order = latestMs(a) - latestMs(b);
  return order < 0 || (order === 0 && a.state === "running" && b.state === "exited");
}

function latestMs({ startedAtMs, finishedAtMs }: ObservedWorkload): number {
  return Math.max(startedAtMs, finishedAtMs);
}
