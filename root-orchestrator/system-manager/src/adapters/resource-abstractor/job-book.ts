import { type Job, JobFeed, type JobSpec, toJobSpec } from "@oak/contracts";
import { jobAt } from "@oak/core";
import { fp, type HttpClient, HttpError, pathOf } from "@oak/kit";
import { followFeed } from "@oak/tier";
import type { JobStore } from "../../ports/jobs.ts";
import type { JobBook } from "../../use-cases/placer-ports.ts";

export interface FollowedJobs extends JobBook {
  /** Follows the abstractor's feed until `signal` aborts; rejects when a poll fails. */
  follow(signal: AbortSignal): Promise<void>;
  /** The same store; what it writes is known here at once, without waiting for the feed. */
  learningFrom(store: JobStore): JobStore;
  /** Removes the tombstone of a service. */
  remove(jobId: string): Promise<void>;
  /** Resolves when the first feed was read. */
  whenLoaded(): Promise<void>;
  /**
   * Whether what is here is what is stored, but for the moment that news takes: false until the feed was read, and for
   * good once it broke off or an older state of the database came to light: nobody can say what else has changed.
   */
  isTrue(): boolean;
  /** Something has shown that it is not so any more. */
  doubt(): void;
  onChange(listener: (jobId: string) => void): void;
}

/** Services of the root in memory, tombstones included. */
export function createJobBook(client: HttpClient): FollowedJobs {
  const jobs = new Map<string, Job>();
  const specs = new WeakMap<Job, Map<number, JobSpec>>();
  const listeners: ((jobId: string) => void)[] = [];
  let loaded: () => void = () => undefined;
  const whenLoaded = new Promise<void>((resolve) => {
    loaded = resolve;
  });

  let isTrue = false;
  let hasLoaded = false;
  const doubt = (): void => {
    isTrue = false;
    // Also when that comes to light before the feed was read.
    hasLoaded = true;
  };
  /** Gone from the store, although the placer has not seen it off: the database is another one. */
  const isLost = (known: Job | undefined): boolean =>
    known !== undefined && !known.deleted && jobs.get(known._id) === known;
  const put = (job: Job): void => {
    jobs.set(job._id, job);
    for (const listener of listeners) listener(job._id);
  };
  const learn = (job: Job): void => {
    const known = jobs.get(job._id);
    // The feed and an answer of the store can overtake each other.
    if (known !== undefined && known.rev >= job.rev) return;
    put(job);
  };
  const drop = (jobId: string): void => {
    if (!jobs.delete(jobId)) return;
    for (const listener of listeners) listener(jobId);
  };

  return {
    get: (jobId) => jobs.get(jobId),
    all: () => jobs.values(),
    specOf: (job, revision) => {
      const made = specs.get(job) ?? new Map<number, JobSpec>();
      specs.set(job, made);
      const spec = made.get(revision) ?? toJobSpec(jobAt(job, revision));
      made.set(revision, spec);
      return spec;
    },
    isTrue: () => isTrue,
    doubt,
    follow: (signal) =>
      followFeed(
        client,
        {
          path: "/api/v1/jobs",
          schema: JobFeed,
          onReset: (items) => {
            const present = new Set(items.map((job) => job._id));
            for (const jobId of [...jobs.keys()]) if (!present.has(jobId)) drop(jobId);
            for (const job of items) learn(job);
            // Every reading of everything but the first comes after a break.
            isTrue = !hasLoaded;
            hasLoaded = true;
            loaded();
          },
          onChange: (items, removed) => {
            for (const job of items) learn(job);
            for (const jobId of removed) drop(jobId);
          },
        },
        signal,
      ).finally(() => {
        // Not in doubt for good when nothing was read before: the store may come up later than we do.
        isTrue = false;
      }),
    learningFrom: (store) => ({
      ...store,
      recall: (id) => jobs.get(id),
      find: async (id) => {
        const known = jobs.get(id);
        const found = await store.find(id);
        // An older state of the database was put back: versions are given a second time from here on.
        const isBack = found !== undefined && known !== undefined && found.rev < known.rev;
        if (isBack || (found === undefined && isLost(known))) doubt();
        if (isBack && jobs.get(id) === known) put(found);
        return found;
      },
      create: async (job) => {
        const made = await store.create(job);
        if (made.ok) learn(made.value);
        return made;
      },
      patch: async (id, patch, ifVersion) => {
        const known = jobs.get(id);
        const changed = await store.patch(id, patch, ifVersion);
        if (changed.ok) learn(changed.value);
        else if (changed.reason === "gone" && isLost(known)) doubt();
        return changed;
      },
    }),
    remove: async (jobId) => {
      try {
        await client.request({ method: "DELETE", path: `/api/v1/jobs${pathOf(jobId)}` });
      } catch (error) {
        if (!(error instanceof HttpError) || error.status !== 404) throw error;
      }
      fp("root.job_forgotten", jobId);
      drop(jobId);
    },
    whenLoaded: () => whenLoaded,
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}
