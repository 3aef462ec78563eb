import type { Candidate } from "@oak/contracts";
import type { ViewedCandidate } from "@oak/core";

export interface PlacesDeps {
  /** Clusters as they are stored; rejects when the store cannot be reached. */
  list(): Promise<readonly Candidate[]>;
  monotonicMs(): number;
  onChange(): void;
}

/** The few fields of clusters that instances show, read again when they are older than a second. */
export interface Places {
  current(): readonly ViewedCandidate[];
  /** Rejects when the store cannot be reached: then nobody is told what may not be so any more. */
  refresh(): Promise<void>;
  /** The next one who asks reads them again. */
  expire(): void;
}

/** Where a cluster is and how it is called changes by hand. */
const freshMs = 1_000;

export function createPlaces(deps: PlacesDeps): Places {
  let known: readonly ViewedCandidate[] = [];
  let text = "[]";
  let untilMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<boolean> | undefined;

  /** @returns false when they have changed while they were read */
  const read = async (isLatest: () => boolean): Promise<boolean> => {
    const askedMs = deps.monotonicMs();
    const found = (await deps.list()).map(
      ({ _id, candidate_location, ip }): ViewedCandidate => ({
        _id,
        ...(candidate_location !== undefined && { candidate_location }),
        ...(ip !== undefined && { ip }),
      }),
    );
    if (!isLatest()) return false;
    untilMs = askedMs + freshMs;
    const foundText = JSON.stringify(found);
    if (foundText !== text) {
      [known, text] = [found, foundText];
      deps.onChange();
    }
    return true;
  };
  const readTogether = async (): Promise<boolean> => {
    const mine: Promise<boolean> = reading ?? read(() => reading === mine);
    reading = mine;
    try {
      return await mine;
    } finally {
      if (reading === mine) reading = undefined;
    }
  };

  return {
    current: () => known,
    refresh: async () => {
      let isRead = deps.monotonicMs() < untilMs;
      while (!isRead) isRead = await readTogether();
    },
    expire: () => {
      untilMs = Number.NEGATIVE_INFINITY;
      reading = undefined;
    },
  };
}
