import { type Job, StoredRevision } from "@oak/contracts";
import { specOf } from "@oak/core";
import { type HttpClient, pathOf } from "@oak/kit";
import { z } from "zod";
import type { RevisionStore } from "../../ports/revisions.ts";

const list = z.array(StoredRevision);
const pathTo = (serviceId: string): string => `/api/v1/jobs${pathOf(serviceId, "revisions")}`;

/** Former revisions, kept by the resource abstractor beside the services. */
export function createRevisionClient(client: HttpClient): RevisionStore {
  return {
    list: (id) => client.request({ path: pathTo(id), schema: list }),
    keep: async (job) => {
      const body = storedRevision(job);
      await client.request({ method: "PUT", path: pathTo(job._id), body });
    },
  };
}

/** The present revision of a service, as it is kept when another one follows. */
export function storedRevision(job: Job): Omit<StoredRevision, "_id"> {
  const made = job.revised ?? { at: job.created_at, by: job.owner };
  return { job_id: job._id, revision: job.spec_rev, made, spec: specOf(job) };
}
