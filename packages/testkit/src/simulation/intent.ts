import type { Job } from "@oak/contracts";
import type { Report } from "./judge.ts";
import type { TierDisk } from "./tier-disk.ts";

/**
 * What users were promised. A request counts from its acknowledgement; one that was asked and not
 * acknowledged may have happened or not.
 */
export interface Intent {
  adding(answer: Promise<number>, keyOf: (number: number) => string): void;
  removing(keys: readonly string[], answer: Promise<void>): void;
  removingJob(jobId: string, answer: Promise<void>): void;
  /** The root's database is an older one, or empty, from now on: what it holds is what counts. */
  forget(): void;
  /** Instances that are wanted now, as stored. */
  wanted(): Map<string, Job>;
}

export function createIntent(rootDisk: TierDisk, report: Report): Intent {
  const promised = new Set<string>();
  /** removal was asked for, so that it may be gone */
  const doubtful = new Set<string>();
  const removed = new Set<string>();
  const doubtfulJobs = new Set<string>();
  const removedJobs = new Set<string>();

  const isStored = (key: string): boolean => {
    const [jobId = "", number = ""] = key.split("/");
    const job = rootDisk.jobs.get(jobId);
    return job !== undefined && !job.deleted && job.members.includes(Number(number));
  };
  const isPromised = (key: string): boolean =>
    promised.has(key) && !doubtful.has(key) && !doubtfulJobs.has(key.slice(0, 24));

  rootDisk.jobs.onChange((jobId, _before, after) => {
    if (after !== undefined && !after.deleted && removedJobs.has(jobId)) {
      report(`service ${jobId} came back`);
    }
    for (const key of promised) {
      if (key.startsWith(jobId) && isPromised(key) && !isStored(key)) {
        report(`acknowledged ${key} was lost`);
      }
    }
    for (const number of after?.members ?? []) {
      if (removed.has(`${jobId}/${number}`)) report(`removed ${jobId}/${number} came back`);
    }
  });

  return {
    adding: (answer, keyOf) => {
      answer.then(
        (number) => {
          const key = keyOf(number);
          if (removed.has(key)) report(`${key} was given twice`);
          promised.add(key);
          if (isPromised(key) && !isStored(key)) report(`acknowledged ${key} is not stored`);
        },
        () => undefined,
      );
    },
    removing: (keys, answer) => {
      for (const key of keys) doubtful.add(key);
      answer.then(
        () => {
          for (const key of keys) removed.add(key);
        },
        () => undefined,
      );
    },
    removingJob: (jobId, answer) => {
      doubtfulJobs.add(jobId);
      answer.then(
        () => removedJobs.add(jobId),
        () => undefined,
      );
    },
    forget: () => {
      for (const memory of [promised, doubtful, removed, doubtfulJobs, removedJobs]) memory.clear();
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
