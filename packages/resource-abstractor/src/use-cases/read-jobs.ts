import type { Job } from "@oak/contracts";
import { type JobView, jobViews } from "@oak/core";
import { errors } from "../errors.ts";
import type { CandidateStore, InstanceStore, JobFilter, JobStore } from "../ports.ts";

export interface ReadJobsDeps {
  jobs: Pick<JobStore, "list" | "find">;
  instances: Pick<InstanceStore, "ofJobs">;
  candidates: Pick<CandidateStore, "places">;
}

/** Jobs with their derived lists: three queries, however many jobs there are. Charts are left empty. */
export async function listJobs(deps: ReadJobsDeps, filter: JobFilter): Promise<JobView[]> {
  return viewsOf(deps, await deps.jobs.list(filter), { charts: false });
}

/** One job, with charts; with `instanceNumber`, 404 unless it shows that instance. */
export async function readJob(
  deps: ReadJobsDeps,
  id: string,
  instanceNumber?: number,
): Promise<JobView> {
  const [view] = await viewsOf(deps, [await storedJob(deps.jobs, id)], { charts: true });
  if (view === undefined) throw errors.job_unknown(`No job ${id}`);
  if (instanceNumber !== undefined) assertShows(view, instanceNumber);
  return view;
}

/** upstream: the job with `instance_list` reduced to one instance; its status stays that of the job. */
export async function readJobInstance(
  deps: ReadJobsDeps,
  id: string,
  instanceNumber: number,
): Promise<JobView> {
  const view = await readJob(deps, id, instanceNumber);
  const list = view.instance_list.filter((i) => i.instance_number === instanceNumber);
  return { ...view, instance_list: list };
}

/** The document as it is stored, or 404. */
export async function storedJob(jobs: Pick<JobStore, "find">, id: string): Promise<Job> {
  const job = await jobs.find(id);
  if (job === undefined) throw errors.job_unknown(`No job ${id}`);
  return job;
}

async function viewsOf(
  { instances, candidates }: ReadJobsDeps,
  jobs: readonly Job[],
  { charts }: { charts: boolean },
): Promise<JobView[]> {
  if (jobs.length === 0) return [];
  const found = await instances.ofJobs(
    jobs.map((job) => job._id),
    { charts },
  );
  const children = [...new Set(found.flatMap(({ child }) => child ?? []))];
  const places = children.length === 0 ? [] : await candidates.places(children);
  return jobViews(jobs, { instances: found, candidates: places });
}

function assertShows(view: JobView, instanceNumber: number): void {
  if (!view.instance_list.some((i) => i.instance_number === instanceNumber)) {
    throw errors.instance_unknown(`Job ${view._id} has no instance ${instanceNumber}`);
  }
}
