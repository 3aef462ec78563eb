import type { Candidate } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import {
  type CandidateChange,
  type CandidatePatch,
  candidateChange,
} from "../domain/candidate-body.ts";
import { errors } from "../errors.ts";
import type { CandidateStore } from "../ports.ts";
import { refusingDuplicates } from "./refusals.ts";

export interface UpdateCandidateDeps {
  candidates: Pick<CandidateStore, "find" | "update" | "updateVersion">;
  clock: Pick<Clock, "nowMs">;
}

const mostAttempts = 8;

/** `PATCH /api/v1/resources/{id}`: one write, unless it touches what identifies the candidate. */
export async function updateCandidate(
  deps: UpdateCandidateDeps,
  id: string,
  body: CandidatePatch,
): Promise<Candidate> {
  const change = candidateChange(body, deps.clock.nowMs());
  if ("candidate_name" in change.fields || "node_id" in change.fields) {
    return renameCandidate(deps, id, change);
  }
  const stored = await deps.candidates.update(id, change);
  if (stored === undefined) throw errors.candidate_unknown(`No resource ${id}`);
  return stored;
}

/** The identity follows from both the stored fields and the new ones, so it takes a read. */
async function renameCandidate(
  { candidates }: UpdateCandidateDeps,
  id: string,
  change: CandidateChange,
): Promise<Candidate> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const read = await candidates.find(id, { charts: false });
    if (read === undefined) throw errors.candidate_unknown(`No resource ${id}`);
    const stored = await refusingDuplicates(
      () => candidates.updateVersion(read, change),
      () => errors.name_taken("Another resource has this node id or name"),
    );
    if (stored !== undefined) return stored;
  }
  throw errors.busy(`Resource ${id} kept changing`);
}
