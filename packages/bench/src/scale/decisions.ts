import { createHttpClient } from "@oak/kit";
import type { TierAccess } from "@oak/testkit";
import { z } from "zod";
import { aJob } from "../schedule/candidates.ts";

const Proposals = z.object({ proposals: z.array(z.looseObject({ candidate_id: z.string() })) });

/** Asks a cluster's scheduler where an instance would go. Nothing is placed by that. Answers milliseconds. */
export function createDecider({ schedulerUrl, tierSecret }: TierAccess) {
  const client = createHttpClient({
    baseUrl: schedulerUrl,
    headers: { authorization: `Bearer ${tierSecret}` },
    timeoutMs: 15_000,
  });
  let attempt = 0;
  return {
    close: client.close,
    decide: async (): Promise<number> => {
      // It remembers what it proposed for an instance for a while: a few instances in turn fill no cluster.
      attempt = (attempt + 1) % 20;
      const job = aJob();
      const requests = [{ attempt_id: `${job._id}/${attempt}:bench`, job, exclude: [] }];
      const startedMs = performance.now();
      const path = "/api/calculate/batch";
      await client.request({ method: "POST", path, body: { requests }, schema: Proposals });
      return performance.now() - startedMs;
    },
  };
}
