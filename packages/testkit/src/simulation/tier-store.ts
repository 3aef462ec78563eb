import type { Candidate, Instance, Job, TierIdentity } from "@oak/contracts";
import { comparePairs, fits, isNewerReport, nextNumber, pairOf } from "@oak/core";
import type { AssignmentStore, HoldStore, Log } from "@oak/tier";
import type { ProcessLife } from "./process-life.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What a tier has on its disk: it survives everything but a wipe. */
export interface TierDisk {
  identity: TierIdentity;
  instances: Map<string, Instance>;
  candidates: Map<string, Candidate>;
  jobs: Map<string, Job>;
  /** whatever else a manager keeps */
  notes: Map<string, unknown>;
}

export function createTierDisk(incarnation: string): TierDisk {
  return {
    identity: { incarnation, base: 0 },
    instances: new Map(),
    candidates: new Map(),
    jobs: new Map(),
    notes: new Map(),
  };
}

export interface StoreFaults {
  /** chance that a write kills the process, half of the time before it is durable, else after */
  crash: number;
}

export interface TierStore {
  assignments: AssignmentStore;
  holds: HoldStore;
  /** A durable change of anything else. */
  change<T>(apply: () => T): Promise<T>;
}

interface StoreOptions {
  time: VirtualTime;
  random: SeededRandom;
  disk: TierDisk;
  life: ProcessLife;
  faults: StoreFaults;
  log: Log;
  crash(): void;
}

/** The resource abstractor as one process sees it: same rules, with a crash between any two writes. */
export function createTierStore(options: StoreOptions): TierStore {
  const { time, random, disk, life, faults } = options;

  const turn = (): Promise<void> =>
    new Promise((resolve) => time.after(random.next() * 2, resolve));

  const read = async <T>(get: () => T): Promise<T> => {
    await life.guard(turn());
    return structuredClone(get());
  };

  const change = async <T>(apply: () => T): Promise<T> => {
    await life.guard(turn());
    const fate = random.next() / Math.max(faults.crash, 1e-12);
    if (fate < 0.5) options.crash();
    if (!life.isAlive()) return life.guard(new Promise<T>(() => undefined));
    const result = structuredClone(apply());
    if (fate >= 0.5 && fate < 1) options.crash();
    return life.guard(turn().then(() => result));
  };

  return {
    assignments: createAssignments(options, read, change),
    holds: createHolds(disk, change),
    change,
  };
}

type Reader = <T>(get: () => T) => Promise<T>;

function createAssignments(
  { disk, log }: StoreOptions,
  read: Reader,
  change: Reader,
): AssignmentStore {
  return {
    list: () => read(() => [...disk.instances.values()]),
    get: (key) => read(() => disk.instances.get(key)),
    write: ({ if_version, ...assignment }) =>
      change(() => {
        const stored = disk.instances.get(assignment._id);
        if ((stored?.rev ?? 0) !== if_version) return "conflict" as const;
        const kept = stored ?? { seen: null, cpu_history: [], memory_history: [] };
        const written: Instance = {
          ...assignment,
          seen: kept.seen,
          cpu_history: kept.cpu_history,
          memory_history: kept.memory_history,
          rev: if_version + 1,
        };
        disk.instances.set(assignment._id, written);
        const { _id: instance, phase, child, epoch, placement, want_rev, fenced, reason } = written;
        const wanted = written.intent?.wanted;
        log.debug(
          { instance, phase, child, epoch, placement, want_rev, fenced, reason, wanted },
          `${disk.identity.incarnation} stored`,
        );
        return written;
      }),
    observe: (key, seen) =>
      change(() => {
        const stored = disk.instances.get(key);
        if (stored === undefined || !isNewerReport(stored.seen, seen)) return false;
        disk.instances.set(key, { ...stored, seen });
        const { status, epoch, placement, released, session, seq } = seen;
        log.debug(
          { instance: key, status, epoch, placement, released, session, seq },
          `${disk.identity.incarnation} observed`,
        );
        return true;
      }),
    remove: (key, rev) =>
      change(() => {
        const stored = disk.instances.get(key);
        if (stored !== undefined && stored.rev !== rev) return "conflict" as const;
        disk.instances.delete(key);
        log.debug({ instance: key }, `${disk.identity.incarnation} removed`);
        return "removed" as const;
      }),
  };
}

function createHolds(disk: TierDisk, change: Reader): HoldStore {
  const count = (candidate: Candidate): number => {
    candidate.want_rev = nextNumber(candidate.want_rev, disk.identity.base);
    return candidate.want_rev;
  };
  return {
    hold: (child, key, request) =>
      change(() => {
        const candidate = disk.candidates.get(child);
        if (candidate === undefined) return { ok: false as const, reason: "unknown" };
        if (candidate.liveness !== "alive") return { ok: false as const, reason: "not_alive" };
        const held = candidate.holds[key];
        if (held !== undefined && comparePairs(request, held) < 0) {
          return { ok: false as const, reason: "stale" };
        }
        const fit = fits(candidate, request.need, key);
        if (!fit.ok) return { ok: false as const, reason: fit.reason };
        candidate.holds[key] = { ...request.need, ...pairOf(request), since: 0 };
        candidate.rev += 1;
        return { ok: true as const, want_rev: count(candidate), rev: candidate.rev };
      }),
    drop: (child, key, pair) =>
      change(() => {
        const candidate = disk.candidates.get(child);
        const held = candidate?.holds[key];
        if (held !== undefined && comparePairs(held, pair) <= 0) delete candidate?.holds[key];
      }),
    countWant: (child) =>
      change(() => {
        const candidate = disk.candidates.get(child);
        return candidate === undefined ? undefined : count(candidate);
      }),
  };
}
