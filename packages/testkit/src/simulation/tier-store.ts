import type { Candidate, Instance, Observation } from "@oak/contracts";
import { comparePairs, fits, isNewerReport, nextNumber, pairOf } from "@oak/core";
import type { AssignmentStore, HoldStore } from "@oak/tier";
import type { ProcessLife } from "./process-life.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { TierDisk } from "./tier-disk.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Chances of a write to go wrong. */
export interface StoreFaults {
  /** kills the process, half of the time before the change is durable, else after */
  crash: number;
  /** the process is told of a failure: nothing was changed, all was, or it will be in a moment */
  failure: number;
}

export interface TierStore {
  assignments: AssignmentStore;
  holds: HoldStore;
  /** A durable change of anything else. */
  change: Changer;
  /** What is stored, a moment later. */
  read: Changer;
}

export interface DurableOptions {
  time: VirtualTime;
  random: SeededRandom;
  life: ProcessLife;
  faults: StoreFaults;
  crash(): void;
  /** a file of the process itself: what it is told has failed has not happened */
  isLocal?: boolean;
}

export type Changer = <T>(apply: () => T) => Promise<T>;

/** A write as a process sees it: it takes a moment, and anything may happen around it. */
export function createChanger(options: DurableOptions): Changer {
  const { time, random, life, faults, crash } = options;
  return <T>(apply: () => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const settle = (): void => {
        try {
          const result = apply();
          time.after(random.next(), () => life.enter(() => resolve(result)));
        } catch (error) {
          life.enter(() => reject(error));
        }
      };
      /** The change happens, and nobody here hears of it. */
      const applyUnheard = (): void => {
        try {
          apply();
        } catch {
          // It would have been refused: nothing has changed.
        }
      };
      const fail = (): void => life.enter(() => reject(new Error("the store is away")));
      const write = (): void => {
        if (!life.isAlive()) return;
        const fate = fateOf(random.next(), faults);
        if (fate === "done") {
          settle();
          return;
        }
        const isUnheard = fate === "unanswered" && !options.isLocal;
        if (fate === "crash_after" || isUnheard) applyUnheard();
        if (fate === "late" && !options.isLocal) {
          // A request ends with the process that made it.
          time.after(random.between(5, 2000), () => {
            if (life.isAlive()) applyUnheard();
          });
        }
        if (fate === "crash_before" || fate === "crash_after") crash();
        else fail();
      };
      time.after(random.next() * 2, write);
    });
}

type Fate = "done" | "crash_before" | "crash_after" | "refused" | "unanswered" | "late";

function fateOf(chance: number, { crash, failure }: StoreFaults): Fate {
  if (chance < crash) return chance < crash / 2 ? "crash_before" : "crash_after";
  const rest = (chance - crash) / Math.max(failure, 1e-12);
  if (rest >= 1) return "done";
  if (rest < 0.4) return "refused";
  return rest < 0.8 ? "unanswered" : "late";
}

/** The resource abstractor as one process sees it: same rules, and a mishap around any write. */
export function createTierStore(options: DurableOptions & { disk: TierDisk }): TierStore {
  const { disk, time, random, life } = options;
  const change = createChanger(options);
  const read: Changer = (get) =>
    new Promise((resolve) => {
      time.after(random.next() * 2, () => life.enter(() => resolve(get())));
    });
  return {
    assignments: createAssignments(disk, read, change),
    holds: createHolds(disk, change),
    change,
    read,
  };
}

function createAssignments(disk: TierDisk, read: Changer, change: Changer): AssignmentStore {
  const { instances } = disk;
  return {
    list: () => read(() => [...instances.values()]),
    get: (key) => read(() => instances.get(key)),
    write: ({ if_version, ...assignment }) =>
      change(() => {
        const stored = instances.get(assignment._id);
        if ((stored?.rev ?? 0) !== if_version) return "conflict" as const;
        const { seen, cpu_history, memory_history } = stored ?? NOTHING_SEEN;
        const rev = if_version + 1;
        const written: Instance = { ...assignment, seen, cpu_history, memory_history, rev };
        instances.put(written._id, written);
        return "written" as const;
      }),
    observe: (key, seen) =>
      change(() => {
        const stored = instances.get(key);
        if (stored === undefined || !isNewerReport(stored.seen, seen)) return false;
        instances.put(key, { ...stored, seen: merged(stored.seen, seen) });
        return true;
      }),
    remove: (key, rev) =>
      change(() => {
        const stored = instances.get(key);
        if (stored !== undefined && stored.rev !== rev) return "conflict" as const;
        instances.remove(key);
        return "removed" as const;
      }),
  };
}

/** What a report leaves out did not change; but a reason belongs to its status alone. */
function merged(before: Observation | null, seen: Observation): Observation {
  if (before === null || comparePairs(before, seen) !== 0) return seen;
  const { reason: _reason, ...kept } = before;
  return { ...kept, ...seen };
}

const NOTHING_SEEN: Pick<Instance, "seen" | "cpu_history" | "memory_history"> = {
  seen: null,
  cpu_history: [],
  memory_history: [],
};

/** Marks holds of copies that run already, by a time that nobody looks at. */
export const SAID_TO_BE_THERE = 1;

function createHolds({ candidates, identity }: TierDisk, change: Changer): HoldStore {
  const count = ({ want_rev }: Candidate): number => nextNumber(want_rev, identity().base);
  return {
    hold: (child, key, request) =>
      change(() => {
        const candidate = candidates.get(child);
        if (candidate === undefined) return { ok: false as const, reason: "unknown" };
        if (candidate.liveness !== "alive") return { ok: false as const, reason: "not_alive" };
        const held = candidate.holds[key];
        if (held !== undefined && comparePairs(request, held) < 0) {
          return { ok: false as const, reason: "stale" };
        }
        const fit = fits(candidate, request.need, key);
        if (request.is_there !== true && !fit.ok) return { ok: false as const, reason: fit.reason };
        const since = request.is_there === true ? SAID_TO_BE_THERE : 0;
        const hold = { ...request.need, ...pairOf(request), since };
        const want_rev = count(candidate);
        const rev = candidate.rev + 1;
        const holds = { ...candidate.holds, [key]: hold };
        candidates.put(child, { ...candidate, holds, want_rev, rev });
        return { ok: true as const, want_rev, rev };
      }),
    drop: (child, key, pair) =>
      change(() => {
        const candidate = candidates.get(child);
        const held = candidate?.holds[key];
        if (candidate === undefined || held === undefined || comparePairs(held, pair) > 0) return;
        const { [key]: _dropped, ...holds } = candidate.holds;
        candidates.put(child, { ...candidate, holds, rev: candidate.rev + 1 });
      }),
    countWant: (child) =>
      change(() => {
        const candidate = candidates.get(child);
        if (candidate === undefined) return undefined;
        const want_rev = count(candidate);
        candidates.put(child, { ...candidate, want_rev });
        return want_rev;
      }),
  };
}
