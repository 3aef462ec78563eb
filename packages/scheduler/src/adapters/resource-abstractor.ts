import { Candidate, feedOf } from "@oak/contracts";
import type { HttpClient, Logger } from "@oak/kit";
import { z } from "zod";
import type { CandidateSource } from "../ports.ts";

const Envelope = feedOf(z.unknown());

/** An answer may be this much later than the wait that was asked for. */
const answerTimeoutMs = 5_000;

/**
 * Long polls `GET /api/v1/resources`. A document that does not fit the contract is left out and logged:
 * one bad candidate must not blind the scheduler to the others.
 */
export function createCandidateSource(client: HttpClient, logger: Logger): CandidateSource {
  return {
    poll: async ({ since, waitMs, signal }) => {
      const feed = await client.request({
        path: "/api/v1/resources",
        query: { since, wait: waitMs / 1000 },
        schema: Envelope,
        timeoutMs: waitMs + answerTimeoutMs,
        signal,
      });
      const parsed = feed.items.map((item) => ({ item, result: Candidate.safeParse(item) }));
      const bad = parsed.filter(({ result }) => !result.success).map(({ item }) => idOf(item));
      if (bad.length > 0) logger.warn({ candidateIds: bad }, "malformed candidates left out");
      return {
        ...feed,
        items: parsed.flatMap(({ result }) => (result.success ? [result.data] : [])),
        // What was known of such a candidate is outdated, so it is forgotten.
        removed: [...feed.removed, ...bad],
      };
    },
  };
}

function idOf(item: unknown): string {
  const withId = z.object({ _id: z.string() }).safeParse(item);
  return withId.success ? withId.data._id : "";
}
