import { type HoldChange, HoldChangeOutcome } from "@oak/contracts";
import type { HttpClient } from "@oak/kit";
import { z } from "zod";
import type { HoldStore } from "../ports.ts";
import { createBatch } from "./batch.ts";

const path = "/api/v1/resources/changes";
const ChangesAnswer = z.object({ outcomes: z.array(HoldChangeOutcome) });

/**
 * Holds and counters in the documents of candidates, kept by the tier's resource abstractor. What comes close
 * together shares a request there, and a write of each candidate.
 */
export function createHoldClient(client: HttpClient): HoldStore {
  const change = createBatch<HoldChange, HoldChangeOutcome>(async (items) => {
    const body = { items };
    const answer = await client.request({ method: "POST", path, body, schema: ChangesAnswer });
    return answer.outcomes.map((outcome) => failureOf(outcome) ?? outcome);
  });
  return {
    hold: async (candidate_id, key, request) => {
      const outcome = await change({ do: "hold", candidate_id, key, ...request });
      if ("refused" in outcome) return { ok: false, reason: outcome.refused };
      return { ok: true, ...granted(outcome) };
    },
    drop: async (candidate_id, key, { epoch, placement }) => {
      await change({ do: "drop", candidate_id, key, epoch, placement });
    },
    countWant: async (candidate_id) => {
      const outcome = await change({ do: "count", candidate_id });
      return "refused" in outcome ? undefined : granted(outcome).want_rev;
    },
  };
}

/** 404 and 409 are answers: this candidate does not give the room, or is not known. The rest are failures. */
function failureOf(outcome: HoldChangeOutcome): Error | undefined {
  if (!("refused" in outcome) || outcome.status === 404 || outcome.status === 409) return undefined;
  return new Error(`a change of a candidate was answered ${outcome.status}: ${outcome.refused}`);
}

function granted(outcome: HoldChangeOutcome) {
  if ("want_rev" in outcome) return outcome;
  throw new Error("the answer to a change of a candidate does not fit the question");
}
