import type { Instance, Job } from "@oak/contracts";
import { currentObservation, drainedCopies } from "@oak/core";

/** What the resource abstractor says of services and their instances, kept in memory. */
export interface Directory {
  job(id: string): Job | undefined;
  /** By name, without case; never one that is deleted. */
  jobNamed(name: string): Job | undefined;
  jobIds(): Iterable<string>;
  /** Records of a service's instances, those on their way out included. */
  recordsOf(jobId: string): readonly Instance[];
  /** Both feeds were read once: what is not here does not exist. */
  isLoaded(): boolean;
  jobs: FeedTarget<Job>;
  instances: FeedTarget<Instance>;
}

/** Where a feed goes. */
export interface FeedTarget<T> {
  reset(items: readonly T[]): void;
  change(items: readonly T[], removed: readonly string[]): void;
}

/** Something that routes or addresses depend on is different. */
export type OnChange = (change: { jobId: string; jobName: string }) => void;

export function createDirectory(onChange: OnChange): Directory {
  const jobs = new Map<string, Job>();
  const idsByName = new Map<string, string>();
  const records = new Map<string, Map<string, Instance>>();
  const loaded = { jobs: false, instances: false };

  const tell = (jobId: string): void => {
    const name = jobs.get(jobId)?.job_name;
    if (name !== undefined) onChange({ jobId, jobName: name });
  };
  const putJob = (job: Job): void => {
    const known = jobs.get(job._id);
    if (known?.rev === job.rev) return;
    if (known !== undefined) unname(known);
    jobs.set(job._id, job);
    if (!job.deleted) idsByName.set(nameKey(job.job_name), job._id);
    tell(job._id);
  };
  const dropJob = (id: string): void => {
    const known = jobs.get(id);
    if (known === undefined) return;
    unname(known);
    jobs.delete(id);
    onChange({ jobId: id, jobName: known.job_name });
  };
  const unname = (job: Job): void => {
    const key = nameKey(job.job_name);
    if (idsByName.get(key) === job._id) idsByName.delete(key);
  };
  const putRecord = (record: Instance): void => {
    const ofJob = records.get(record.job_id) ?? new Map<string, Instance>();
    const known = ofJob.get(record._id);
    ofJob.set(record._id, record);
    records.set(record.job_id, ofJob);
    if (known === undefined || visible(known) !== visible(record)) tell(record.job_id);
  };
  const dropRecord = (id: string): void => {
    const jobId = id.slice(0, id.indexOf("/"));
    const ofJob = records.get(jobId);
    if (ofJob?.delete(id) !== true) return;
    if (ofJob.size === 0) records.delete(jobId);
    tell(jobId);
  };

  return {
    job: (id) => jobs.get(id),
    jobNamed: (name) => jobs.get(idsByName.get(nameKey(name)) ?? ""),
    jobIds: () => jobs.keys(),
    recordsOf: (jobId) => [...(records.get(jobId)?.values() ?? [])],
    isLoaded: () => loaded.jobs && loaded.instances,
    jobs: {
      reset: (items) => {
        const present = new Set(items.map(({ _id }) => _id));
        for (const id of [...jobs.keys()]) if (!present.has(id)) dropJob(id);
        items.forEach(putJob);
        loaded.jobs = true;
      },
      change: (items, removed) => {
        items.forEach(putJob);
        removed.forEach(dropJob);
      },
    },
    instances: {
      reset: (items) => {
        const present = new Set<string>(items.map(({ _id }) => _id));
        const known = [...records.values()].flatMap((ofJob) => [...ofJob.keys()]);
        for (const id of known) if (!present.has(id)) dropRecord(id);
        items.forEach(putRecord);
        loaded.instances = true;
      },
      change: (items, removed) => {
        items.forEach(putRecord);
        removed.forEach(dropRecord);
      },
    },
  };
}

/** DNS knows no case, and a service's name becomes one. */
function nameKey(name: string): string {
  return name.toLowerCase();
}

/** Whether the instance may be sent connections: its present copy runs. */
export function isServing(record: Instance): boolean {
  return record.phase === "assigned" && currentObservation(record)?.status === "RUNNING";
}

/** The facts that others are told; everything else about an instance may change in silence. */
function visible(record: Instance): string {
  const { child, epoch, placement, phase } = record;
  const left = drainedCopies(record).map((copy) => copy.child);
  return [child, epoch, placement, phase, isServing(record), ...left].join();
}
