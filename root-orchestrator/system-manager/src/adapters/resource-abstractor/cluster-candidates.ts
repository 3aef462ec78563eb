import { Candidate } from "@oak/contracts";
import { type HttpClient, HttpError, pathOf } from "@oak/kit";
import { z } from "zod";
import type { ClusterCandidates } from "../../ports/cluster-candidates.ts";

const path = "/api/v1/resources";
const list = z.array(Candidate);

/** Clusters, kept as candidates by the root's resource abstractor. */
export function createClusterCandidates(client: HttpClient): ClusterCandidates {
  return {
    list: () => client.request({ path, schema: list }),
    findByName: async (name) => {
      const found = await client.request({ path, query: { candidate_name: name }, schema: list });
      return found[0];
    },
    upsert: (body) => client.request({ method: "PUT", path, body, schema: Candidate }),
    remove: async (id) => {
      try {
        await client.request({ method: "DELETE", path: `${path}${pathOf(id)}` });
      } catch (error) {
        if (!(error instanceof HttpError && error.status === 404)) throw error;
      }
    },
    patch: async (id, fields) => {
      await client.request({ method: "PATCH", path: `${path}${pathOf(id)}`, body: fields });
    },
  };
}
