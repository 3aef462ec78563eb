import type { Instance, InstanceKey, InstanceWrite, Observation } from "@oak/contracts";
import type { AssignmentStore } from "./ports.ts";

/**
 * The tier's instances in memory, written through to the store: reads cost nothing, and what is here has
 * been stored. One process writes a tier's assignments at a time (protocol rule 10); when another one did
 * for a moment, a conflict makes the book read that instance again.
 */
export interface InstanceBook {
  /** Reads everything; call before anything else, and again after the store was away for long. */
  load(): Promise<void>;
  get(key: InstanceKey): Instance | undefined;
  all(): IterableIterator<Instance>;
  /** Instances that are assigned to a child, move there, or are fenced there. */
  of(child: string): Instance[];
  count(): number;
  /** @returns false when the stored record had moved on; the book then holds the stored one */
  write(before: Instance | undefined, after: Instance): Promise<boolean>;
  observe(key: InstanceKey, seen: Observation): Promise<boolean>;
  remove(instance: Instance): Promise<boolean>;
  /**
   * Reads an instance again when the answer to a change of it was lost (protocol rule 11); call it before
   * each decision.
   * @returns monotonic milliseconds when to look once more, since such a change may still come about;
   *   undefined when what is here is what is stored
   */
  refresh(key: InstanceKey): Promise<number | undefined>;
  /** Runs at once, or as soon as the outcome of a change whose answer was lost is known. */
  whenCertain(key: InstanceKey, run: () => void): void;
  /**
   * Whether the stored record turned out to have been changed otherwise than by an answered write of this
   * process, since the last call.
   */
  takeSurprise(key: InstanceKey): boolean;
  /** Called after each change of the book with the key and the instance before and after. */
  onChange(listener: ChangeListener): void;
}

export type ChangeListener = (
  key: InstanceKey,
  before: Instance | undefined,
  after: Instance | undefined,
) => void;

/** A change whose outcome is not known. */
interface Doubt {
  ifVersion: number;
  /** monotonic milliseconds from which on it cannot come about any more */
  certainAtMs: number;
  waiting: (() => void)[];
}

/** How long a change whose answer was lost may still come about; requests give up well before. */
const LATE_MS = 15_000;

export function createInstanceBook(
  store: AssignmentStore,
  monotonicMs: () => number,
): InstanceBook {
  const entries = new Map<InstanceKey, Instance>();
  const doubts = new Map<InstanceKey, Doubt>();
  /** first versions whose outcome is not known: the absence that they insist on must not come back */
  const unborn = new Map<InstanceKey, number>();
  const surprises = new Set<InstanceKey>();
  const byChild = new Map<string, Set<InstanceKey>>();
  const listeners: ChangeListener[] = [];

  const resolve = (key: InstanceKey, doubt: Doubt): void => {
    doubts.delete(key);
    for (const run of doubt.waiting) run();
  };

  const put = (key: InstanceKey, after: Instance | undefined): void => {
    const before = entries.get(key);
    for (const child of childrenOf(before)) byChild.get(child)?.delete(key);
    for (const child of childrenOf(after)) indexOf(byChild, child).add(key);
    if (after === undefined) entries.delete(key);
    else entries.set(key, after);
    for (const listener of listeners) listener(key, before, after);
    const doubt = doubts.get(key);
    // The version that the doubtful change insists on is past: it has happened, or never will.
    if (doubt !== undefined && doubt.ifVersion !== (after?.rev ?? 0)) resolve(key, doubt);
  };

  const reread = async (key: InstanceKey): Promise<false> => {
    for (;;) {
      const before = entries.get(key);
      const stored = await store.get(key);
      // Changed here meanwhile: what was read may be the older of the two.
      if (entries.get(key) !== before) continue;
      if (stored?.rev !== before?.rev) surprises.add(key);
      put(key, stored);
      return false;
    }
  };

  const doubting = async <T>(
    { key, ifVersion }: { key: InstanceKey; ifVersion: number },
    change: Promise<T>,
  ): Promise<T> => {
    try {
      return await change;
    } catch (error) {
      const { waiting = [] } = doubts.get(key) ?? {};
      const certainAtMs = monotonicMs() + LATE_MS;
      doubts.set(key, { ifVersion, certainAtMs, waiting });
      if (ifVersion === 0) unborn.set(key, certainAtMs);
      throw error;
    }
  };

  return {
    load: async () => {
      const stored = await store.list();
      const present = new Set(stored.map((instance) => instance._id));
      for (const key of [...entries.keys()]) if (!present.has(key)) put(key, undefined);
      for (const instance of stored) put(instance._id, instance);
    },
    get: (key) => entries.get(key),
    all: () => entries.values(),
    of: (child) =>
      [...(byChild.get(child) ?? [])].flatMap((key) => {
        const instance = entries.get(key);
        return instance === undefined ? [] : [instance];
      }),
    count: () => entries.size,
    write: async (before, after) => {
      const ifVersion = before?.rev ?? 0;
      const change = store.write(toWrite(after, ifVersion));
      const outcome = await doubting({ key: after._id, ifVersion }, change);
      if (outcome === "conflict") return reread(after._id);
      // An observation may have been taken while the write was under way.
      const seen = entries.get(after._id)?.seen ?? before?.seen ?? null;
      put(after._id, { ...after, rev: ifVersion + 1, seen });
      return true;
    },
    observe: async (key, seen) => {
      // Refused: what is stored is as new. The answer to an earlier try may have been lost.
      if (!(await store.observe(key, seen))) return reread(key);
      const latest = entries.get(key);
      if (latest !== undefined) put(key, { ...latest, seen });
      return true;
    },
    remove: async (instance) => {
      const { _id: key, rev: ifVersion } = instance;
      if (monotonicMs() < (unborn.get(key) ?? 0)) {
        throw new Error(`${key} may still be made a second time by a request without an answer`);
      }
      unborn.delete(key);
      const outcome = await doubting({ key, ifVersion }, store.remove(key, ifVersion));
      if (outcome === "conflict") return reread(instance._id);
      put(instance._id, undefined);
      return true;
    },
    refresh: async (key) => {
      const doubt = doubts.get(key);
      if (doubt === undefined) return undefined;
      const isCertain = monotonicMs() >= doubt.certainAtMs;
      await reread(key);
      const { certainAtMs, waiting } = doubts.get(key) ?? {};
      if (!isCertain || certainAtMs !== doubt.certainAtMs) return certainAtMs;
      doubts.delete(key);
      for (const run of waiting ?? []) run();
      return undefined;
    },
    whenCertain: (key, run) => {
      const doubt = doubts.get(key);
      if (doubt === undefined) run();
      else doubt.waiting.push(run);
    },
    takeSurprise: (key) => surprises.delete(key),
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}

/** Where copies of an instance may be: assigned, being made for a move, or given up and not confirmed gone. */
export function childrenOf(instance: Instance | undefined): string[] {
  if (instance === undefined) return [];
  const fenced = instance.fenced.map((f) => f.child);
  const present = [instance.child, instance.move?.child ?? null];
  return [...present.filter((child) => child !== null), ...fenced];
}

function indexOf(index: Map<string, Set<InstanceKey>>, child: string): Set<InstanceKey> {
  const found = index.get(child);
  if (found !== undefined) return found;
  const made = new Set<InstanceKey>();
  index.set(child, made);
  return made;
}

function toWrite(instance: Instance, ifVersion: number): InstanceWrite {
  const { rev: _rev, seen: _seen, cpu_history: _c, memory_history: _m, ...assignment } = instance;
  return { ...assignment, if_version: ifVersion };
}
