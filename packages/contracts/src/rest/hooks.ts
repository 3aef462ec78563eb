import { z } from "zod";
import { Id } from "../ids.ts";

/** `pre_` events are asked and may change or refuse a write, `post_` events are told. */
export const HOOK_EVENTS = [
  "pre_create",
  "pre_update",
  "pre_delete",
  "post_create",
  "post_update",
  "post_delete",
] as const;
export const HookEvent = z.enum(HOOK_EVENTS).meta({ id: "HookEvent" });
export type HookEvent = z.infer<typeof HookEvent>;

/** Name of a kind of custom resource, and so of what a hook may be about. */
export const ResourceTypeName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,62}$/,
    "1 to 63 letters, digits, _ and -, beginning with a letter",
  )
  .meta({ id: "ResourceTypeName", example: "camera" });

/** What the resource abstractor tells of by itself. `job` is upstream's second name of `jobs`. */
export const HOOKED_ENTITIES = ["resources", "applications", "jobs", "job", "instances"] as const;

const HookEntity = ResourceTypeName.describe(
  `${HOOKED_ENTITIES.join(", ")}, or the type of a custom resource`,
);
const hookFields = {
  hook_name: z.string().trim().min(1).max(128).describe("unique"),
  webhook_url: z.string().min(1).max(2048).describe("http or https; unique for its entity"),
  entity: HookEntity,
  events: z.array(HookEvent).min(1).max(HOOK_EVENTS.length),
};
const HookSecret = z
  .string()
  .min(16)
  .max(256)
  .describe("key of the signatures; made here when it is left out");

/** `POST /api/v1/hooks`. */
export const HookCreate = z
  .strictObject({ ...hookFields, secret: HookSecret.exactOptional() })
  .meta({
    id: "HookCreate",
    examples: [
      {
        hook_name: "audit",
        webhook_url: "https://audit.example/oak",
        entity: "applications",
        events: ["post_create", "post_delete"],
      },
    ],
  });
export type HookCreate = z.infer<typeof HookCreate>;

/** `PATCH /api/v1/hooks/{id}`: what is left out stays. */
export const HookPatch = z
  .strictObject({
    hook_name: hookFields.hook_name.exactOptional(),
    webhook_url: hookFields.webhook_url.exactOptional(),
    entity: HookEntity.exactOptional(),
    events: hookFields.events.exactOptional(),
    secret: HookSecret.exactOptional(),
    rotate_secret: z
      .literal(true)
      .exactOptional()
      .describe(
        "makes a new key, which is in this one answer; the old one signs beside it for a day",
      ),
  })
  .meta({ id: "HookPatch", examples: [{ events: ["post_update"] }, { rotate_secret: true }] });
export type HookPatch = z.infer<typeof HookPatch>;

/** A hook as it is answered. */
export const Hook = z
  .object({
    _id: Id,
    ...hookFields,
    created_at: z.number().describe("Unix seconds"),
    state: z
      .enum(["working", "paused"])
      .describe("paused: it failed so often that it is left alone for a while"),
    failures: z.int().min(0).describe("since the last success"),
    pending: z.int().min(0).describe("events that wait to be told"),
  })
  .meta({ id: "Hook" });
export type Hook = z.infer<typeof Hook>;

/** The answer to what made a key: the only one that has it. */
export const HookWithSecret = Hook.extend({ secret: z.string().exactOptional() }).meta({
  id: "HookWithSecret",
});
export type HookWithSecret = z.infer<typeof HookWithSecret>;

/** One entry of `GET /api/v1/hooks/{id}/deliveries`, newest first. */
export const HookDelivery = z
  .object({
    id: z.string().describe("as in the header x-oak-delivery; the same for each attempt"),
    event: z.string(),
    entity: z.string(),
    entity_id: z.string().nullable().describe("null: it had none yet"),
    at: z.number().describe("Unix seconds"),
    outcome: z
      .enum(["delivered", "changed", "refused", "ignored", "failed", "given_up", "dropped"])
      .describe(
        "changed, refused: what a pre_ event brought about; ignored: an answer that could not be used; failed: will be tried again, or was a pre_ event; dropped: too many waited",
      ),
    status: z.int().nullable().describe("of the answer; null: there was none"),
    duration_ms: z.number().min(0),
    attempts: z.int().min(0),
    error: z.string().nullable(),
  })
  .meta({ id: "HookDelivery" });
export type HookDelivery = z.infer<typeof HookDelivery>;

/** What `post_` events and the ping of `POST /api/v1/hooks/{id}/test` carry. */
export const HookNotice = z
  .object({ entity: z.string(), entity_id: z.string(), event: z.string() })
  .meta({ id: "HookNotice" });
export type HookNotice = z.infer<typeof HookNotice>;
