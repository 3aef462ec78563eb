import { type Instance, type InstanceView, instanceKey, type Job } from "@oak/contracts";
import { revisionOf } from "../revisions/members.ts";
import { awaitedView, instanceView, type ViewedCandidate } from "./instance-view.ts";
import { jobStatus } from "./job-status.ts";

/** What the views of some jobs are made of. */
export interface JobFacts {
  /** every instance of these jobs */
  instances: readonly Instance[];
  /** the children of these instances, as far as they exist */
  candidates: readonly ViewedCandidate[];
}

/** A job with what is derived from its instances; the stored document stays free of both. */
export type JobView = Job & { instance_list: InstanceView[] };

/** Makes the views of several jobs from one reading of their instances. */
export function jobViews(jobs: readonly Job[], facts: JobFacts): JobView[] {
  const candidates = new Map(facts.candidates.map((candidate) => [candidate._id, candidate]));
  const byJob = new Map<string, Instance[]>();
  for (const instance of facts.instances) {
    const known = byJob.get(instance.job_id);
    if (known === undefined) byJob.set(instance.job_id, [instance]);
    else known.push(instance);
  }
  return jobs.map((job) => jobView(job, byJob.get(job._id) ?? [], candidates));
}

function jobView(
  job: Job,
  instances: readonly Instance[],
  candidates: ReadonlyMap<string, ViewedCandidate>,
): JobView {
  const byKey = new Map(instances.map((instance) => [instance._id, instance]));
  const list = shownNumbers(job, instances).map((number) => {
    const instance = byKey.get(instanceKey(job._id, number));
    if (instance === undefined) {
      return awaitedView(number, { since: job.created_at, revision: revisionOf(job, number) });
    }
    return instanceView(instance, candidates.get(instance.child ?? ""));
  });
  return { ...job, ...jobStatus(list), instance_list: list };
}

/**
 * Wanted instances only: one that is on its way out is gone for users. The root wants by `members`;
 * at a cluster each instance carries the intent of the root.
 */
function shownNumbers(job: Job, instances: readonly Instance[]): number[] {
  const wanted = instances.filter(({ intent }) => intent?.wanted === true);
  const numbers = new Set([...job.members, ...wanted.map((i) => i.instance_number)]);
  return [...numbers].toSorted((a, b) => a - b);
}
