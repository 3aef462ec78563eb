/** The time after a start, or a renewal, in which clusters are heard before anything is placed. */
export interface Listening {
  /** see PlanContext */
  isGateOpen(): boolean;
  /** The database turned out to be an older state: whom it remembers says nothing about who is there. */
  beginAnew(): void;
}

export function createListening(options: {
  monotonicMs(): number;
  learnS: number;
  haveAllReported(): boolean;
}): Listening {
  const { monotonicMs, learnS, haveAllReported } = options;
  let sinceMs = monotonicMs();
  let isOldDatabase = false;
  return {
    isGateOpen: () => {
      if (monotonicMs() - sinceMs >= learnS * 1000) return true;
      // An old database does not know who is missing, so everybody gets the whole time.
      return !isOldDatabase && haveAllReported();
    },
    beginAnew: () => {
      sinceMs = monotonicMs();
      isOldDatabase = true;
    },
  };
}
