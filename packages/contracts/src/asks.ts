import { z } from "zod";

/** Random, so that nobody guesses the question of somebody else. */
export const AskId = z.string().regex(/^[0-9a-f]{32}$/);
export type AskId = z.infer<typeof AskId>;

/**
 * A question on its way down: in the answer to `wanted` from the root to a cluster, as `control/ask` from a cluster to a
 * worker. The answer comes up as the body of a request that the lower one makes, or as an `AskRefusal`.
 */
export const Ask = z
  .object({
    id: AskId,
    kind: z.string().min(1).max(64).describe("who does not know it refuses it"),
    params: z.record(z.string(), z.unknown()).describe("checked by whoever knows the kind"),
  })
  .meta({ id: "Ask" });
export type Ask = z.infer<typeof Ask>;

/** Why there is no answer, in place of one. */
export const AskRefusal = z
  .object({
    status: z.int().min(400).max(599),
    code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
    message: z.string().max(500),
  })
  .meta({ id: "AskRefusal" });
export type AskRefusal = z.infer<typeof AskRefusal>;
