import { Candidate, CandidatesPatched } from "@oak/contracts";
import { type HttpClient, HttpError, pathOf } from "@oak/kit";
import { unless } from "@oak/tier";
import { z } from "zod";
import type { WorkerCandidates } from "../../use-cases/register-worker.ts";
import type { CandidatePatch, LoadStore } from "../../use-cases/worker-load.ts";
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
): WorkerCandidates & CandidateStore & LoadStore & CandidateRemoval {
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
    patchAll: (patches) => orUnavailable(patchTogether(client, patches)),
    remove: async (id) => {
      const request = client.request({ method: "DELETE", path: `${path}${pathOf(id)}` });
      await orUnavailable(request.catch((error: unknown) => unless(error, 404, undefined)));
    },
  };
}

const refusalsOfBodies: ReadonlySet<number> = new Set([400, 413, 422]);

/** A body is refused as a whole: halves of it show whose fields are to blame, and the others get through. */
async function patchTogether(
  client: HttpClient,
  items: readonly CandidatePatch[],
): Promise<boolean[]> {
  try {
    const body = { items };
    const answer = client.request({ method: "PATCH", path, body, schema: CandidatesPatched });
    return (await answer).stored;
  } catch (error) {
    if (!(error instanceof HttpError && refusalsOfBodies.has(error.status))) throw error;
    if (items.length <= 1) return items.map(() => false);
    const middle = Math.ceil(items.length / 2);
    const first = await patchTogether(client, items.slice(0, middle));
    return [...first, ...(await patchTogether(client, items.slice(middle)))];
  }
}
