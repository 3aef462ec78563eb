import type { Directory } from "@oak/tier";

/** Services of which their owner's deletion was announced before the feed has told it. */
export interface RetiredServices {
  add(jobId: string): void;
  has(jobId: string): boolean;
}

/** Much longer than a feed may lag, and not forever: ids are not used twice. */
const rememberMs = 600_000;

export function createRetiredServices(monotonicMs: () => number): RetiredServices {
  /** In the order in which they were announced. */
  const retiredAtMs = new Map<string, number>();
  const forgetOld = (): void => {
    for (const [jobId, atMs] of retiredAtMs) {
      if (monotonicMs() - atMs < rememberMs) return;
      retiredAtMs.delete(jobId);
    }
  };
  return {
    add: (jobId) => {
      forgetOld();
      retiredAtMs.delete(jobId);
      retiredAtMs.set(jobId, monotonicMs());
    },
    has: (jobId) => retiredAtMs.has(jobId),
  };
}

/** The directory without what is retired: services as they are about to be. */
export function withoutRetired(directory: Directory, retired: Pick<RetiredServices, "has">) {
  const job: Directory["job"] = (id) => (retired.has(id) ? undefined : directory.job(id));
  return { ...directory, job };
}
