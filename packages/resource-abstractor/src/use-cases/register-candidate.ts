import type { Candidate } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import { type CandidateWrite, candidateChange, freshCandidate } from "../domain/candidate-body.ts";
import { withoutKeys } from "../domain/storable.ts";
import { errors } from "../errors.ts";
import type { CandidateStore } from "../ports.ts";
import { refusingDuplicates } from "./refusals.ts";
import type { TierReader } from "./tier-base.ts";

export interface RegisterCandidateDeps {
  candidates: Pick<CandidateStore, "insert" | "upsert">;
  tier: Pick<TierReader, "base">;
  clock: Pick<Clock, "nowMs">;
  newId: () => string;
}

/** `POST /api/v1/resources`: 409 when a candidate of this identity exists. */
export async function createCandidate(
  { candidates, tier, clock, newId }: RegisterCandidateDeps,
  body: CandidateWrite,
): Promise<Candidate> {
  const { fields, points } = candidateChange(body, clock.nowMs());
  const { cpu_history: cpu, memory_history: memory } = points;
  const candidate: Candidate = {
    ...freshCandidate(await tier.base()),
    candidate_name: body.candidate_name,
    last_modified_timestamp: clock.nowMs() / 1000,
    ...fields,
    _id: body._id ?? newId(),
    rev: 1,
    cpu_history: cpu === undefined ? [] : [cpu],
    memory_history: memory === undefined ? [] : [memory],
  };
  await refusingDuplicates(
    () => candidates.insert(candidate),
    () => errors.already_exists("A resource of this id, node id or name exists"),
  );
  return candidate;
}

/** `PUT /api/v1/resources`: one document per identity; a new one starts with the tier's base. */
export async function putCandidate(
  { candidates, tier, clock, newId }: RegisterCandidateDeps,
  body: CandidateWrite,
): Promise<Candidate> {
  const change = candidateChange(body, clock.nowMs());
  const given = new Set(Object.keys(change.fields));
  const initial = withoutKeys(freshCandidate(await tier.base()), given);
  return refusingDuplicates(
    () => candidates.upsert(change, { _id: body._id ?? newId(), ...initial }),
    () => errors.already_exists("The id belongs to another resource"),
  );
}
