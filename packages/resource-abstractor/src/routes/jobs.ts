import { Id, InstanceView, Job, JobFeed } from "@oak/contracts";
import type { ChangeFeed, HttpApp } from "@oak/kit";
import { z } from "zod";
import { isProtectedOfJobs, shapeOf } from "../domain/hooks/hooked-shape.ts";
import { JobPatch, JobWrite } from "../domain/job-body.ts";
import type { JobFilter, JobStore } from "../ports.ts";
import type { HookedWrites } from "../use-cases/hooks/hooked-writes.ts";
import { createPollFeed } from "../use-cases/poll-feed.ts";
import {
  listJobs,
  type ReadJobsDeps,
  readJob,
  readJobInstance,
  storedJob,
} from "../use-cases/read-jobs.ts";
import {
  createJob,
  patchJob,
  putJob,
  removeJob,
  type WriteJobDeps,
} from "../use-cases/write-job.ts";
import { answerPoll, pollQuery } from "./long-poll.ts";
import { flag, idList, idParams, isTrue, jobInstanceParams } from "./params.ts";

const raw = z.literal("raw").exactOptional().describe("`raw`: the document as it is stored");
const listQuery = z.object({
  ...pollQuery,
  applicationID: Id.exactOptional(),
  job_name: z.string().exactOptional(),
  microserviceID: Id.exactOptional(),
  ids: idList.exactOptional(),
  owner: z.string().exactOptional(),
  deleted: flag.exactOptional().describe("true: tombstones only; otherwise none"),
  view: raw,
});
const oneQuery = z.object({
  view: raw,
  instance_number: z.coerce.number().pipe(z.int().min(0)).exactOptional(),
});
const JobPut = JobWrite.extend({ _id: Id }).meta({ id: "JobPut" });
const View = Job.extend({ instance_list: z.array(InstanceView) }).meta({ id: "JobView" });

export interface JobRouteDeps extends ReadJobsDeps, WriteJobDeps {
  jobs: JobStore;
  feed: ChangeFeed;
  hooks: HookedWrites;
}

const entity = "jobs";
const writeShape = shapeOf(JobWrite, isProtectedOfJobs);
const putShape = shapeOf(JobPut, isProtectedOfJobs);
const patchShape = shapeOf(JobPatch, isProtectedOfJobs);

/** upstream: resource abstractor, `/api/v1/jobs`. */
export function addJobRoutes(app: HttpApp, deps: JobRouteDeps): void {
  const tags = ["jobs"];
  const { jobs, feed, hooks } = deps;
  const poll = createPollFeed(feed, jobs);

  app.get(
    "/jobs",
    {
      schema: {
        tags,
        querystring: listQuery,
        response: { 200: z.union([JobFeed, z.array(View), z.array(Job)]) },
      },
    },
    ({ query }, reply) => {
      const { since, wait, view } = query;
      if (since !== undefined) {
        return answerPoll({ app, reply }, poll, { since, wait });
      }
      const filter = filterOf(query);
      return view === "raw" ? jobs.list(filter) : listJobs(deps, filter);
    },
  );
  app.post("/jobs", { schema: { tags, body: JobWrite, response: { 200: Job } } }, ({ body }) =>
    hooks.create({ entity, shape: writeShape, body, write: (wanted) => createJob(deps, wanted) }),
  );
  app.put("/jobs", { schema: { tags, body: JobPut, response: { 200: Job } } }, ({ body }) =>
    hooks.upsert({
      // upstream: its managers put services, and hooks know that by a name of its own.
      entity: "job",
      shape: putShape,
      body,
      existing: async () => ((await jobs.versionOf(body._id)) === undefined ? undefined : body._id),
      write: (wanted) => putJob(deps, wanted),
    }),
  );
  addSingleRoutes(app, deps);
}

function addSingleRoutes(app: HttpApp, deps: JobRouteDeps): void {
  const tags = ["jobs"];
  const path = "/jobs/:id";
  app.get(
    path,
    {
      schema: {
        tags,
        params: idParams,
        querystring: oneQuery,
        response: { 200: z.union([View, Job]) },
      },
    },
    ({ params, query }) =>
      query.view === "raw"
        ? storedJob(deps.jobs, params.id)
        : readJob(deps, params.id, query.instance_number),
  );
  app.patch(
    path,
    { schema: { tags, params: idParams, body: JobPatch, response: { 200: Job } } },
    ({ params: { id }, body }) => {
      const write = (wanted: JobPatch) => patchJob(deps, id, wanted);
      // A tombstone is how a service ends: from here on nobody can object.
      if (body.deleted === true) {
        return deps.hooks.retire({
          entity,
          id,
          read: () => livingJob(deps.jobs, id),
          write: () => write(body),
        });
      }
      return deps.hooks.update({ entity, id, shape: patchShape, body, write });
    },
  );
  app.delete(
    path,
    { schema: { tags, params: idParams, response: { 200: Job } } },
    ({ params: { id } }) =>
      deps.hooks.remove({
        entity,
        id,
        read: () => livingJob(deps.jobs, id),
        write: () => removeJob(deps, id),
      }),
  );
  app.get(
    "/jobs/:id/:n",
    { schema: { tags, params: jobInstanceParams, response: { 200: View } } },
    ({ params }) => readJobInstance(deps, params.id, params.n),
  );
}

async function livingJob(jobs: Pick<JobStore, "find">, id: string): Promise<Job | undefined> {
  const job = await jobs.find(id);
  return job?.deleted === true ? undefined : job;
}

function filterOf(query: z.infer<typeof listQuery>): JobFilter {
  const { applicationID, job_name, microserviceID, owner, deleted } = query;
  const ids = microserviceID ?? query.ids;
  return {
    deleted: isTrue(deleted),
    ...(applicationID === undefined ? {} : { applicationID }),
    ...(job_name === undefined ? {} : { job_name }),
    ...(owner === undefined ? {} : { owner }),
    ...(ids === undefined ? {} : { ids: ids.split(",") }),
  };
}
