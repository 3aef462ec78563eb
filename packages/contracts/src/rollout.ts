import { z } from "zod";
import { Id, InstanceNumber } from "./ids.ts";
import { SpecRev } from "./numbers.ts";
import { SLA_LIMITS } from "./sla/limits.ts";

/** What a service is made of at one revision: the fields of its SLA, in the form in which they are stored. */
export const StoredSpec = z.looseObject({
  code: z.string(),
  image: z.string(),
  virtualization: z.string(),
});
export type StoredSpec = z.infer<typeof StoredSpec>;

/** When a revision was made, and by whom. */
export const RevisionStamp = z.object({
  at: z.number().describe("Unix seconds"),
  by: z.string().describe("user name"),
});
export type RevisionStamp = z.infer<typeof RevisionStamp>;

/** Collection `revisions`, beside the jobs: what a service was made of before its present revision. */
export const StoredRevision = z
  .object({
    _id: z.string().describe("`<job>/<revision>`"),
    job_id: Id,
    revision: SpecRev,
    made: RevisionStamp,
    spec: StoredSpec,
  })
  .meta({ id: "StoredRevision" });
export type StoredRevision = z.infer<typeof StoredRevision>;

/** So many revisions of a service are kept, the present one included. */
export const REVISIONS_KEPT = 10;

/**
 * - `progressing`: copies of the new revision take the place of the older ones
 * - `rolling_back`: it failed, and copies of the revision before take the place of the new ones
 * - `failed`: neither the new revision nor the one before came up in time
 */
export const ROLLOUT_STATES = [
  "none",
  "progressing",
  "completed",
  "rolling_back",
  "rolled_back",
  "failed",
] as const;
export const RolloutState = z.enum(ROLLOUT_STATES);
export type RolloutState = z.infer<typeof RolloutState>;

/**
 * How a service goes from one revision to the next, in its document. The steps that are still to come follow from
 * it, from `members` and from what is known of the instances, so that anybody can go on with it.
 */
export const Rollout = z.object({
  state: RolloutState.exclude(["none"]),
  revision: SpecRev.describe("where it goes, or went before it was rolled back"),
  from_revision: SpecRev,
  from_unproven: z
    .boolean()
    .exactOptional()
    .describe("it was on its way itself, so nobody goes back to it without being asked"),
  first_number: InstanceNumber.exactOptional().describe(
    "members below this were there before; absent in one that an older release has begun",
  ),
  replicas: InstanceNumber.describe("instances that are wanted when it has ended"),
  max_surge: z.int().min(0),
  max_unavailable: z.int().min(0),
  pause_s: z.number().min(0),
  reason: z.string(),
  message: z.string(),
  started_at: z.number().describe("Unix seconds"),
  ended_at: z.number().nullable(),
  moved_at: z.number().describe("when instances were last added or removed, Unix seconds"),
  resume_at: z.number().describe("no further step before, Unix seconds"),
});
export type Rollout = z.infer<typeof Rollout>;

/** `maxSurge` and `maxUnavailable` of one service are at most this. */
export const MOST_AT_ONCE = SLA_LIMITS.instancesPerService;
