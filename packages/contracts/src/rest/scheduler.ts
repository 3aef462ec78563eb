import { z } from "zod";
import { Id } from "../ids.ts";
import { JobSpec } from "../job.ts";
import { RefusalStatus } from "../statuses.ts";

/** One instance that wants a place. */
export const PlacementRequest = z
  .object({
    /** chosen by the caller, comes back in the proposal */
    attempt_id: z.string().max(128),
    job: JobSpec,
    exclude: z.array(Id),
  })
  .meta({ id: "PlacementRequest" });
export type PlacementRequest = z.infer<typeof PlacementRequest>;

/** Why one candidate was left out: a constant, see core's refusal reasons. */
export const CandidateRefusal = z.object({ candidate_id: Id, reason: z.string() });

export const PlacementProposal = z
  .union([
    z.object({ attempt_id: z.string(), candidate_id: Id, score: z.number() }),
    z.object({
      attempt_id: z.string(),
      status: RefusalStatus,
      status_detail: z.string(),
      /** reason → how many candidates */
      refusals: z.record(z.string(), z.int()),
    }),
  ])
  .meta({ id: "PlacementProposal" });
export type PlacementProposal = z.infer<typeof PlacementProposal>;

/** `POST /api/calculate/batch`: proposals in the order of the requests; each counts the ones before it. */
export const BatchRequest = z
  .object({ requests: z.array(PlacementRequest).max(1000) })
  .meta({ id: "BatchRequest" });
export const BatchAnswer = z
  .object({ proposals: z.array(PlacementProposal) })
  .meta({ id: "BatchAnswer" });

/** `POST /api/calculate/deploy`. upstream: the job document; answered later by `result/deploy`. */
export const CalculateDeploy = JobSpec.omit({ _id: true })
  .extend({ _id: z.string(), attempt_id: z.string().exactOptional() })
  .meta({ id: "CalculateDeploy" });

/** `POST /api/result/deploy` at the manager. upstream: `{job_id, candidate_id}` or `{job_id, status}`. */
export const DeployResult = z
  .object({
    job_id: z.string(),
    attempt_id: z.string().exactOptional(),
    candidate_id: Id.exactOptional(),
    status: RefusalStatus.exactOptional(),
  })
  .meta({ id: "DeployResult" });
