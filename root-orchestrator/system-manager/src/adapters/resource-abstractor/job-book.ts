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
            loaded();
          },
          onChange: (items, removed) => {
            for (const job of items) learn(job);
            for (const jobId of removed) drop(jobId);
          },
        },
        signal,
      ),
    learningFrom: (store) => ({
      ...store,
      recall: (id) => jobs.get(id),
      find: async (id) => {
        const known = jobs.get(id);
        const found = await store.find(id);
        // An older state of the database was put back: versions are given a second time from here on.
        const isBack = found !== undefined && known !== undefined && found.rev < known.rev;
        if (isBack && jobs.get(id) === known) put(found);
        return found;
      },
      patch: async (id, patch, ifVersion) => {
        const changed = await store.patch(id, patch, ifVersion);
        if (changed.ok) learn(changed.value);
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
