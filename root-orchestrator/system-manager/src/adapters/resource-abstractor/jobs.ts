import { InstanceView, Job } from "@oak/contracts";
import { type HttpClient, pathOf } from "@oak/kit";
import { z } from "zod";
import type { JobStore } from "../../ports/jobs.ts";
import { changed, created, found } from "./outcomes.ts";

const path = "/api/v1/jobs";
const JobView = Job.extend({ instance_list: z.array(InstanceView) });
const list = z.array(JobView);

/** Services, kept by the resource abstractor. */
export function createJobClient(client: HttpClient): JobStore {
  return {
    list: (filter = {}) => client.request({ path, query: filter, schema: list }),
    find: (id) =>
      found(client.request({ path: `${path}${pathOf(id)}`, query: { view: "raw" }, schema: Job })),
    findWithInstances: (id) =>
      found(client.request({ path: `${path}${pathOf(id)}`, schema: JobView })),
    create: ({ rev: _first, ...body }) =>
      created(client.request({ method: "POST", path, body, schema: Job })),
    patch: (id, { spec, ...patch }, ifVersion) =>
      changed(
        client.request({
          method: "PATCH",
          path: `${path}${pathOf(id)}`,
          body: { ...spec?.set, ...patch, unset: spec?.unset ?? [], if_version: ifVersion },
          schema: Job,
        }),
      ),
  };
}
