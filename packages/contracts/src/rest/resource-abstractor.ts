import { z } from "zod";
import { Candidate } from "../candidate.ts";
import { Id, InstanceKey } from "../ids.ts";
import { Instance, Observation } from "../instance.ts";
import { Job } from "../job.ts";
import { Need } from "../need.ts";
import { Incarnation, WantRev } from "../numbers.ts";

/** `GET /api/v1/tier`: identity of this tier's database; counters continue above `base`. */
export const TierIdentity = z
  .object({ incarnation: Incarnation, base: z.int().min(0) })
  .meta({ id: "TierIdentity" });
export type TierIdentity = z.infer<typeof TierIdentity>;

/** `POST /api/v1/tier/renew`: does nothing when `incarnation` is no longer the current one. */
export const TierRenewal = z.object({ incarnation: Incarnation });

/** `PUT /api/v1/resources/{id}/holds/{job}/{n}`. */
export const HoldRequest = z
  .object({
    need: Need,
    epoch: z.int().min(0),
    placement: z.int().min(0),
    /** the copy is there already and takes its room whatever else is held: never refused for want of room */
    is_there: z.boolean().exactOptional(),
  })
  .meta({ id: "HoldRequest" });
export type HoldRequest = z.infer<typeof HoldRequest>;

/** `want_rev` is the child's counter after this change; it goes into the assignment. */
export const HoldGranted = z
  .object({ want_rev: WantRev, rev: z.int() })
  .meta({ id: "HoldGranted" });
export type HoldGranted = z.infer<typeof HoldGranted>;

/** `POST /api/v1/resources/{id}/want`: counts a change that takes no capacity (a release). */
export const WantCounted = z.object({ want_rev: WantRev });

/**
 * One item of `POST /api/v1/resources/changes`: what a placer does to the holds and the counter of a candidate,
 * each as the request of its own does it.
 */
export const HoldChange = z
  .discriminatedUnion("do", [
    HoldRequest.extend({ do: z.literal("hold"), candidate_id: Id, key: InstanceKey }),
    z.object({
      do: z.literal("drop"),
      candidate_id: Id,
      key: InstanceKey,
      epoch: z.int().min(0),
      placement: z.int().min(0),
    }),
    z.object({ do: z.literal("count"), candidate_id: Id }),
  ])
  .meta({ id: "HoldChange" });
export type HoldChange = z.infer<typeof HoldChange>;

/** `refused` is the code of the error that the request of its own answers; of those with 5xx nothing is known. */
export const HoldChangeOutcome = z
  .union([
    HoldGranted,
    z.object({ dropped: z.boolean() }),
    z.object({ refused: z.string(), status: z.int() }),
  ])
  .meta({ id: "HoldChangeOutcome" });
export type HoldChangeOutcome = z.infer<typeof HoldChangeOutcome>;

/** `POST /api/v1/resources/changes` and `POST /api/v1/instances/changes` take at most so many items. */
export const MOST_CHANGED = 500;

/**
 * Figures of a candidate that only rank it: what a hold is decided on is none of them, so writing them leaves
 * `rev` alone and disturbs nobody who decides on that version.
 */
export const LOAD_FIGURES: ReadonlySet<string> = new Set([
  ...["cpu_percent", "memory_percent", "memory", "gpu_percent", "gpu_usage", "gpu_temp"],
  ...["vram", "vram_percent"],
]);

/** `PATCH /api/v1/resources` takes at most so many items. */
export const MOST_PATCHED = 500;

/** Its answer: for each item, in their order, whether it is stored; false for an id that is unknown. */
export const CandidatesPatched = z
  .object({ stored: z.array(z.boolean()) })
  .meta({ id: "CandidatesPatched" });
export type CandidatesPatched = z.infer<typeof CandidatesPatched>;

/**
 * An answer of a long poll `GET …?since=CURSOR&wait=SECONDS`. `reset`: the cursor was not known (first call,
 * or the service restarted), so `items` is everything; else what changed after it. `removed` are ids.
 */
export function feedOf<T extends z.ZodType>(item: T) {
  return z.object({
    cursor: z.string(),
    reset: z.boolean(),
    items: z.array(item),
    removed: z.array(z.string()),
  });
}
export const CandidateFeed = feedOf(Candidate).meta({ id: "CandidateFeed" });
export const InstanceFeed = feedOf(Instance).meta({ id: "InstanceFeed" });
export const JobFeed = feedOf(Job).meta({ id: "JobFeed" });

export interface Feed<T> {
  cursor: string;
  reset: boolean;
  items: T[];
  removed: string[];
}

/** `PUT /api/v1/instances/{job}/{n}`: the whole assignment; `if_version` 0 creates. 409 when `rev` moved on. */
export const InstanceWrite = Instance.omit({
  seen: true,
  rev: true,
  cpu_history: true,
  memory_history: true,
})
  .extend({ if_version: z.int().min(0) })
  .meta({ id: "InstanceWrite" });
export type InstanceWrite = z.infer<typeof InstanceWrite>;

/** One item of `POST /api/v1/instances/changes`: an assignment to be stored, or an instance to be removed. */
export const InstanceChange = z
  .discriminatedUnion("do", [
    InstanceWrite.extend({ do: z.literal("write") }),
    z.object({ do: z.literal("remove"), _id: InstanceKey, if_version: z.int().min(0) }),
  ])
  .meta({ id: "InstanceChange" });
export type InstanceChange = z.infer<typeof InstanceChange>;

/** `conflict`: its `rev` has moved on. What is not there counts as removed. */
export const InstanceChangeOutcome = z
  .enum(["done", "conflict"])
  .meta({ id: "InstanceChangeOutcome" });
export type InstanceChangeOutcome = z.infer<typeof InstanceChangeOutcome>;

/**
 * `PATCH /api/v1/instances/{job}/{n}/seen`: stored only when (session, seq) is newer than what is there.
 * Charts grow by `cpu_percent` and `memory_percent` (100 points kept).
 */
export const SeenWrite = Observation.meta({ id: "SeenWrite" });
export type SeenWrite = z.infer<typeof SeenWrite>;
