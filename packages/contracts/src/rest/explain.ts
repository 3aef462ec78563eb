import { z } from "zod";
import { Id, InstanceNumber } from "../ids.ts";
import { JobSpec } from "../job.ts";

const Why = z.object({
  code: z.string().describe("constant, see core's refusal reasons"),
  message: z.string().describe("with numbers, where there are any"),
});

/** What speaks for or against one cluster or node. */
export const CandidateVerdict = z.object({
  id: Id,
  name: z.string(),
  verdict: z.enum(["chosen", "suitable", "rejected"]),
  score: z.number().exactOptional().describe("0 to 1, higher is better; of those that suit"),
  reasons: z.array(Why),
});
export type CandidateVerdict = z.infer<typeof CandidateVerdict>;

/** The last decision for an instance, as far as the scheduler remembers it. */
export const LastDecision = z.object({
  at: z.number().describe("Unix seconds"),
  candidate_id: Id.nullable().describe("null: no place was found"),
  detail: z.string().describe("why no place was found"),
});
export type LastDecision = z.infer<typeof LastDecision>;

/** `POST /api/calculate/explain` at a scheduler: as `batch` would decide now, candidate by candidate. */
export const PlacementExplained = z
  .object({
    chosen: Id.nullable().describe("where it would be placed now"),
    detail: z.string().describe("why there is no place; empty: there is one"),
    candidates: z.array(CandidateVerdict).describe("the best and the closest first"),
    omitted: z.int().min(0).describe("candidates that are not listed"),
    last: LastDecision.nullable(),
  })
  .meta({ id: "PlacementExplained" });
export type PlacementExplained = z.infer<typeof PlacementExplained>;

/** What the root asks a cluster; see `Ask`. */
export const ExplainQuestion = z.object({
  job: JobSpec,
  instance_number: InstanceNumber.nullable().describe("null: one that there is not yet"),
});

/** One of the two decisions that lead to a node. */
export const ExplainedTier = z.object({
  tier: z.enum(["root", "cluster"]),
  chosen: Id.nullable(),
  candidates: z.array(CandidateVerdict),
  omitted: z.int().min(0),
});
export type ExplainedTier = z.infer<typeof ExplainedTier>;

const Place = z.object({ id: Id, name: z.string() });

/** `GET /api/service/{id}/instance/{n}/explain`; without an instance: one more, if it was placed now. */
export const Explanation = z
  .object({
    service_id: Id,
    instance_number: InstanceNumber.nullable(),
    status: z.string().describe("of the instance; empty: there is none"),
    sentence: z.string(),
    cluster: Place.nullable(),
    node: Place.nullable(),
    decided_at: z
      .number()
      .nullable()
      .describe("Unix seconds of the last decision; the candidates are judged as they are now"),
    tiers: z.array(ExplainedTier),
  })
  .meta({
    id: "Explanation",
    examples: [
      {
        service_id: "65f0c0ffee65f0c0ffee65f1",
        instance_number: 0,
        status: "NoActiveClusterWithCapacity",
        sentence: "No cluster has a worker with 4 free cores: the most is 2 (cluster garage)",
        cluster: null,
        node: null,
        decided_at: 1780734375.25,
        tiers: [
          {
            tier: "root",
            chosen: null,
            candidates: [
              {
                id: "65f0c0ffee65f0c0ffee65f0",
                name: "garage",
                verdict: "rejected",
                reasons: [{ code: "vcpus", message: "needs 4 cores, the most that is free is 2" }],
              },
            ],
            omitted: 0,
          },
        ],
      },
    ],
  });
export type Explanation = z.infer<typeof Explanation>;
