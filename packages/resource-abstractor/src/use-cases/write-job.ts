import type { Job } from "@oak/contracts";
import type { AppError, Clock } from "@oak/kit";
import { fp } from "@oak/kit";
import { type JobPatch, type JobWrite, jobChange, jobUpsert, newJob } from "../domain/job-body.ts";
import { errors } from "../errors.ts";
import type { JobStore, RevisionStore } from "../ports.ts";
import { refusingDuplicates, versionConflict } from "./refusals.ts";

export interface WriteJobDeps {
  jobs: Pick<JobStore, "insert" | "upsert" | "update" | "remove" | "versionOf">;
  revisions: Pick<RevisionStore, "removeOf">;
  clock: Pick<Clock, "nowMs">;
  newId: () => string;
}

/** `POST /api/v1/jobs`. */
export async function createJob(
  { jobs, clock, newId }: WriteJobDeps,
  body: JobWrite,
): Promise<Job> {
  const job = newJob(body, body._id ?? newId(), clock.nowMs() / 1000);
  await refusingDuplicates(() => jobs.insert(job), refusal);
  return job;
}

/**
 * `PUT /api/v1/jobs`: by `_id`, never by name. upstream keys it by name, so that posting somebody else's
 * name takes over their service.
 */
export async function putJob(deps: WriteJobDeps, body: JobWrite & { _id: string }): Promise<Job> {
  const { jobs, clock } = deps;
  const { _id: id, if_version: version } = body;
  if (version === 0) return createJob(deps, body);
  const change = jobUpsert(body, id, clock.nowMs() / 1000);
  if (version === undefined) return refusingDuplicates(() => jobs.upsert(id, change), refusal);
  return updated(jobs, { id, version, unset: change.unset }, change.set);
}

/** `PATCH /api/v1/jobs/{id}`: compare-and-set when `if_version` is given. */
export async function patchJob({ jobs }: WriteJobDeps, id: string, body: JobPatch): Promise<Job> {
  const { if_version: version, unset = [] } = body;
  return updated(jobs, { id, version, unset }, jobChange(body, id));
}

/** `DELETE /api/v1/jobs/{id}`: the document goes; whoever deletes has made sure that nothing runs. */
export async function removeJob({ jobs, revisions }: WriteJobDeps, id: string): Promise<Job> {
  // First: when the job is gone nobody asks again.
  await revisions.removeOf(id);
  const removed = await jobs.remove(id);
  if (removed === undefined) throw errors.job_unknown(`No job ${id}`);
  return removed;
}

async function updated(
  jobs: WriteJobDeps["jobs"],
  {
    id,
    version,
    unset = [],
  }: { id: string; version: number | undefined; unset?: readonly string[] },
  fields: Record<string, unknown>,
): Promise<Job> {
  const stored = await refusingDuplicates(
    () => jobs.update({ id, version }, { fields, unset }),
    refusal,
  );
  if (stored !== undefined) {
    fp("abstractor.job_stored", id);
    return stored;
  }
  const current = await jobs.versionOf(id);
  if (current === undefined) throw errors.job_unknown(`No job ${id}`);
  throw versionConflict(current);
}

/** Says that a name is taken, not by whom. */
function refusal(field: string): AppError {
  return field === "_id"
    ? errors.already_exists("A job of this id exists")
    : errors.name_taken("A service of this name exists");
}
