import { Candidate } from "@oak/contracts";
import { type HttpClient, pathOf } from "@oak/kit";
import { unless } from "@oak/tier";
import { z } from "zod";
import type { WorkerCandidates } from "../../use-cases/register-worker.ts";
import type { CandidateStore } from "../../use-cases/worker-roster.ts";
import { orUnavailable } from "./unavailable.ts";

const path = "/api/v1/resources";

/** The part of a candidate that registration reads. */
const Registered = z.object({
  _id: z.string(),
  session: z.int().min(0),
  want_rev: z.int().min(0),
  node_id: z.string().exactOptional(),
});

export interface CandidateRemoval {
  /** Its holds go with it; absent is fine. */
  remove(id: string): Promise<void>;
}

/** Workers of this cluster are the candidates of its resource abstractor. */
export function createCandidates(
  client: HttpClient,
): WorkerCandidates & CandidateStore & CandidateRemoval {
  return {
    find: async (identity) => {
      const query =
        "nodeId" in identity ? { node_id: identity.nodeId } : { candidate_name: identity.name };
      const request = client.request({ path, query, schema: z.array(Registered) });
      const found = await orUnavailable(request);
      // A name alone stands for a worker without node id; others may have the same name.
      return found.find((worker) => "nodeId" in identity || worker.node_id === undefined);
    },
    upsert: (candidate) =>
      orUnavailable(client.request({ method: "PUT", path, body: candidate, schema: Registered })),
    list: () => orUnavailable(client.request({ path, schema: z.array(Candidate) })),
    patch: async (id, fields) => {
      const target = `${path}${pathOf(id)}`;
      await orUnavailable(client.request({ method: "PATCH", path: target, body: fields }));
    },
    remove: async (id) => {
      const request = client.request({ method: "DELETE", path: `${path}${pathOf(id)}` });
      await orUnavailable(request.catch((error: unknown) => unless(error, 404, undefined)));
    },
  };
}
