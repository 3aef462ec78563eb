import { isDeepStrictEqual } from "node:util";
import type { HookDelivery } from "@oak/contracts";
import { AppError } from "@oak/kit";
import { CandidatePatch } from "../../domain/candidate-body.ts";
import { isProtectedOfResources, shapeOf, takeAnswer } from "../../domain/hooks/hooked-shape.ts";
import type { Pending } from "../../domain/hooks/outbox.ts";
import { readPreAnswer } from "../../domain/hooks/pre-answer.ts";
import { type UpdateCandidateDeps, updateCandidate } from "../update-candidate.ts";

const shape = shapeOf(CandidatePatch, isProtectedOfResources);

/**
 * What a `pre_update` hook says to a sign of life, which was stored without waiting for it: the fields that it changed
 * are written after it. Nobody is told of that write again, or it would never end.
 */
export async function takeLateAnswer(
  deps: UpdateCandidateDeps,
  { entityId, data = {} }: Pick<Pending, "entityId" | "data">,
  answer: { status: number; text: string },
): Promise<HookDelivery["outcome"]> {
  const read = readPreAnswer(answer);
  if (read.kind === "failed") return "given_up";
  // It cannot be refused any more.
  if (read.kind !== "replace") return "ignored";
  const asked = CandidatePatch.parse(data);
  const taken = takeAnswer(shape, asked, read.data);
  if (!taken.ok) return "ignored";
  const fields = Object.entries(taken.body).filter(
    ([key, value]) => !isDeepStrictEqual(value, asked[key]),
  );
  if (fields.length === 0) return "delivered";
  try {
    await updateCandidate(deps, entityId, Object.fromEntries(fields));
    return "changed";
  } catch (error) {
    // It may be gone by now.
    if (error instanceof AppError) return "ignored";
    throw error;
  }
}
