import { Job, type JobSpec, toJobSpec } from "@oak/contracts";
import { isSpecKey, withSpec } from "@oak/core";
import { type HttpClient, HttpError, pathOf } from "@oak/kit";
import { unless } from "@oak/tier";
import { z } from "zod";
import { clusterJob } from "../../domain/cluster-job.ts";
import type { ServiceSpecs } from "../../ports.ts";
import type { SpecDocuments } from "../../use-cases/spec-book.ts";

const path = "/api/v1/jobs";
const raw = { view: "raw" };

/** Specs are jobs in the cluster's resource abstractor: one a service, with every revision of it that is in use. */
export function createSpecDocuments(client: HttpClient): SpecDocuments {
  return {
    list: async () => {
      const request = { path, query: raw, schema: z.array(Job), timeoutMs: 30_000 };
      return (await client.request(request)).map(fromJob);
    },
    find: (id) =>
      client
        .request({ path: `${path}${pathOf(id)}`, query: raw, schema: Job })
        .then(fromJob)
        .catch((error: unknown) => unless(error, 404, undefined)),
    put: async (specs, before) => {
      const body = toJob(specs, before);
      return fromJob(await client.request({ method: "PUT", path, body, schema: Job }));
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

function fromJob(job: Job): ServiceSpecs {
  const others = Object.entries(job.other_specs ?? {});
  const byRevision = new Map<number, JobSpec>([
    [job.spec_rev, toJobSpec(job)],
    ...others.map(([revision, spec]): [number, JobSpec] => [
      Number(revision),
      toJobSpec(withSpec(job, spec)),
    ]),
  ]);
  return { jobId: job._id, latest: job.spec_rev, byRevision };
}

function toJob(
  { latest, byRevision }: ServiceSpecs,
  before: ServiceSpecs | undefined,
): Record<string, unknown> {
  const spec = byRevision.get(latest);
  if (spec === undefined) throw new Error(`the latest revision ${latest} has no spec`);
  const others = [...byRevision].filter(([revision]) => revision !== latest);
  const previous = Object.keys(before?.byRevision.get(before.latest) ?? {});
  return {
    ...clusterJob(spec),
    spec_rev: latest,
    other_specs: Object.fromEntries(
      others.map(([revision, other]) => [revision, specPart({ code: other.image, ...other })]),
    ),
    unset: previous.filter((key) => isSpecKey(key) && spec[key] === undefined),
  };
}

function specPart(spec: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => isSpecKey(key)));
}
