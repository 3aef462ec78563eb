import type { Job } from "@oak/contracts";
import type { Report } from "./judge.ts";
import type { TierDisk } from "./tier-disk.ts";

/**
 * What users were promised. A request counts from its acknowledgement; one that was asked and not
 * acknowledged may have happened or not.
 */
export interface Intent {
  adding(answer: Promise<number>, jobId: string): void;
  removing(jobId: string, number: number, answer: Promise<void>): void;
  /** Another count is wanted; resolves with the numbers that leave, as far as the answer names them. */
  scaling(jobId: string, answer: Promise<readonly number[]>): void;
  /** These have left because others take their place. */
  replaced(jobId: string, numbers: readonly number[]): void;
  removingJob(jobId: string, answer: Promise<void>): void;
  /** The root's database is an older one, or empty, from now on: what it holds is what counts. */
  forget(): void;
  /** Instances that are wanted now, as stored. */
  wanted(): Map<string, Job>;
}

export function createIntent(rootDisk: TierDisk, report: Report): Intent {
  const promised = createKeySet();
  /** removal was asked for, so that it may be gone */
  const doubtful = createKeySet();
  const removed = createKeySet();
  /** services of which any number may be gone */
  const scaledJobs = new Set<string>();
  const doubtfulJobs = new Set<string>();
  const removedJobs = new Set<string>();

  const checkPromised = (jobId: string, job: Job | undefined): void => {
    if (doubtfulJobs.has(jobId)) return;
    for (const number of promised.of(jobId)) {
      const isStored = job !== undefined && !job.deleted && job.members.includes(number);
      if (!isStored) report(`acknowledged ${jobId}/${number} was lost`);
    }
  };
  rootDisk.jobs.onChange((jobId, _before, after) => {
    if (after !== undefined && !after.deleted && removedJobs.has(jobId)) {
      report(`service ${jobId} came back`);
    }
    checkPromised(jobId, after);
    const gone = removed.of(jobId);
    if (gone.size === 0) return;
    for (const number of after?.members ?? []) {
      if (gone.has(number)) report(`removed ${jobId}/${number} came back`);
    }
  });

  return {
    adding: (answer, jobId) => {
      answer.then(
        (number) => {
          if (removed.of(jobId).has(number)) report(`${jobId}/${number} was given twice`);
          if (doubtful.of(jobId).has(number) || scaledJobs.has(jobId)) return;
          promised.add(jobId, number);
          checkPromised(jobId, rootDisk.jobs.get(jobId));
        },
        () => undefined,
      );
    },
    removing: (jobId, number, answer) => {
      promised.remove(jobId, number);
      doubtful.add(jobId, number);
      answer.then(
        () => removed.add(jobId, number),
        () => undefined,
      );
    },
    scaling: (jobId, answer) => {
      for (const number of promised.of(jobId)) {
        promised.remove(jobId, number);
        doubtful.add(jobId, number);
      }
      scaledJobs.add(jobId);
      answer.then(
        (numbers) => {
          for (const number of numbers) removed.add(jobId, number);
        },
        () => undefined,
      );
    },
    replaced: (jobId, numbers) => {
      for (const number of numbers) {
        promised.remove(jobId, number);
        removed.add(jobId, number);
      }
    },
    removingJob: (jobId, answer) => {
      doubtfulJobs.add(jobId);
      answer.then(
        () => removedJobs.add(jobId),
        () => undefined,
      );
    },
    forget: () => {
      for (const memory of [
        ...[promised, doubtful, removed, scaledJobs, doubtfulJobs, removedJobs],
      ])
        memory.clear();
    },
    wanted: () => {
      const wanted = new Map<string, Job>();
      for (const job of rootDisk.jobs.values()) {
        if (job.deleted) continue;
        for (const number of job.members) wanted.set(`${job._id}/${number}`, job);
      }
      return wanted;
    },
  };
}

const NONE: ReadonlySet<number> = new Set();

/** Instance numbers by their service. */
function createKeySet() {
  const numbers = new Map<string, Set<number>>();
  return {
    of: (jobId: string): ReadonlySet<number> => numbers.get(jobId) ?? NONE,
    add: (jobId: string, number: number): void => {
      const found = numbers.get(jobId);
      if (found === undefined) numbers.set(jobId, new Set([number]));
      else found.add(number);
    },
    remove: (jobId: string, number: number): void => void numbers.get(jobId)?.delete(number),
    clear: (): void => numbers.clear(),
  };
}
