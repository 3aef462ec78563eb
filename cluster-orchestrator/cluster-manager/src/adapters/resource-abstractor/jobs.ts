import { Job, toJobSpec } from "@oak/contracts";
import { type HttpClient, HttpError, pathOf } from "@oak/kit";
import { unless } from "@oak/tier";
import { z } from "zod";
import { clusterJob } from "../../domain/cluster-job.ts";
import type { SpecDocuments } from "../../use-cases/spec-book.ts";

const path = "/api/v1/jobs";
const raw = { view: "raw" };

/** Specs are jobs in the cluster's resource abstractor. */
export function createSpecDocuments(client: HttpClient): SpecDocuments {
  return {
    list: async () => {
      const request = { path, query: raw, schema: z.array(Job), timeoutMs: 30_000 };
      return (await client.request(request)).map(toJobSpec);
    },
    find: (id) =>
      client
        .request({ path: `${path}${pathOf(id)}`, query: raw, schema: Job })
        .then(toJobSpec)
        .catch((error: unknown) => unless(error, 404, undefined)),
    put: async (spec) => {
      const body = clusterJob(spec);
      return toJobSpec(await client.request({ method: "PUT", path, body, schema: Job }));
    },
    remove: async (id) => {
      try {
        await client.request({ method: "DELETE", path: `${path}${pathOf(id)}` });
      } catch (error) {
        if (!(error instanceof HttpError) || error.status !== 404) throw error;
      }
    },
  };
}
