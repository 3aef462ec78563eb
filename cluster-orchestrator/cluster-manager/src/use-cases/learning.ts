import { isGateOpen, type WatchDeps } from "./watch-workers.ts";
import type { Roster } from "./worker-roster.ts";

/** The time after a start, or a renewal, in which workers are heard before anything is decided. */
export interface Learning {
  /** monotonic milliseconds since when workers could be heard */
  sinceMs(): number;
  /** see PlanContext */
  isGateOpen(): boolean;
  /** see PlanContext */
  isLearning(): boolean;
  /** Begins anew. `isOldDatabase`: not even what is stored about assignments can be relied on. */
  begin(isOldDatabase: boolean): void;
}

export function createLearning(
  deps: Pick<WatchDeps, "clock"> & { roster: Roster },
  learnS: number,
): Learning {
  let startedAtMs = deps.clock.monotonicMs();
  let isInDoubt = false;
  // An old database does not know who is missing, so everybody gets the whole time.
  const isOpen = (): boolean =>
    isInDoubt
      ? deps.clock.monotonicMs() - startedAtMs >= learnS * 1000
      : isGateOpen({ ...deps, startedAtMs }, learnS * 1000);
  return {
    sinceMs: () => startedAtMs,
    isGateOpen: isOpen,
    isLearning: () => {
      isInDoubt &&= !isOpen();
      return isInDoubt;
    },
    begin: (isOldDatabase) => {
      startedAtMs = deps.clock.monotonicMs();
      isInDoubt = isOldDatabase;
      if (isOldDatabase) deps.roster.endSessions();
    },
  };
}
