import { Id, Job } from "@oak/contracts";
import { z } from "zod";
import { assertStorable, withoutKeys } from "./storable.ts";

const given = Job.omit({ rev: true });
const optional = given
  .pick({
    code: true,
    owner: true,
    job_name_key: true,
    spec_rev: true,
    members: true,
    next_instance_progressive_number: true,
    deleted: true,
    created_at: true,
  })
  .partial();

const unset = z
  .array(z.string().regex(/^[^.$]+$/))
  .exactOptional()
  .describe("keys that are taken out of the document");

/** Body of `POST` and `PUT /api/v1/jobs`: a job, where bookkeeping may be left out. */
export const JobWrite = given
  .extend({
    ...optional.shape,
    _id: Id.exactOptional(),
    unset,
    if_version: z.int().min(0).exactOptional(),
  })
  .meta({ id: "JobWrite" });
export type JobWrite = z.infer<typeof JobWrite>;

/** Body of `PATCH /api/v1/jobs/{id}`. A tombstone is final: `deleted` can only be set. */
export const JobPatch = given
  .partial()
  .extend({
    deleted: z.literal(true).exactOptional(),
    unset,
    if_version: z.int().min(0).exactOptional(),
  })
  .meta({ id: "JobPatch" });
export type JobPatch = z.infer<typeof JobPatch>;

/** Not stored from a body: our own, and views that callers send back with the document. */
const ownKeys: ReadonlySet<string> = new Set([
  ...["_id", "rev", "if_version", "instance_list", "unset"],
]);

/** What a PUT writes: `set` always, `initial` only when the job is new. */
export interface JobUpsert {
  set: Record<string, unknown>;
  initial: Record<string, unknown>;
  unset: readonly string[];
}

/** Splits a body, so that bookkeeping that it leaves out is not reset in a job that exists. */
export function jobUpsert(body: JobWrite, id: string, now: number): JobUpsert {
  assertStorable(body);
  const set = { ...withoutKeys(body, ownKeys), ...freedName(body, id) };
  const defaults = {
    microserviceID: id,
    code: body.image,
    owner: "",
    job_name_key: body.job_name.toLowerCase(),
    spec_rev: 1,
    members: [],
    next_instance_progressive_number: 0,
    deleted: false,
    created_at: now,
  };
  const { unset = [] } = body;
  return { set, initial: withoutKeys(defaults, new Set(Object.keys(set))), unset };
}

/** A job that is stored for the first time. */
export function newJob(body: JobWrite, id: string, now: number): Job {
  const { set, initial } = jobUpsert(body, id, now);
  return Job.parse({ ...initial, ...set, _id: id, rev: 1 });
}

/** What a PATCH sets. */
export function jobChange(body: JobPatch, id: string): Record<string, unknown> {
  assertStorable(body);
  return { ...withoutKeys(body, ownKeys), ...freedName(body, id) };
}

/** A tombstone gives its name free at once; its key begins with `#`, which no name has. */
function freedName(body: { deleted?: boolean | undefined }, id: string): { job_name_key?: string } {
  return body.deleted === true ? { job_name_key: `#${id}` } : {};
}
