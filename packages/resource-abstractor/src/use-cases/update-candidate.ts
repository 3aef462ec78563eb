import type { Candidate } from "@oak/contracts";
import { type Clock, commonErrors, type Fault } from "@oak/kit";
import {
  type CandidateChange,
  type CandidatePatch,
  type CandidatePatches,
  candidateChange,
  isRenaming,
  joinedChange,
} from "../domain/candidate-body.ts";
import { errors } from "../errors.ts";
import type { CandidateStore } from "../ports.ts";
import { refusingDuplicates } from "./refusals.ts";

export interface UpdateCandidateDeps {
  candidates: Pick<CandidateStore, "find" | "update" | "updateAll" | "updateVersion">;
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
  if (isRenaming(change)) {
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

/**
 * `PATCH /api/v1/resources`: one operation of the database for all. Whether each item is stored, in their order;
 * of two for one candidate the later one counts where both say something.
 */
export async function updateCandidates(
  { candidates, clock }: Pick<UpdateCandidateDeps, "candidates" | "clock">,
  items: CandidatePatches["items"],
): Promise<boolean[]> {
  const nowMs = clock.nowMs();
  const changes = new Map<string, CandidateChange>();
  const faults: Fault[] = [];
  for (const [i, { _id, fields }] of items.entries()) {
    const change = candidateChange(fields, nowMs);
    if (isRenaming(change)) faults.push(renamingFault(i));
    const earlier = changes.get(_id);
    changes.set(_id, earlier === undefined ? change : joinedChange(earlier, change));
  }
  if (faults.length > 0) {
    throw commonErrors.invalid_input({ detail: "Candidates are renamed one at a time", faults });
  }
  const stored = await candidates.updateAll(changes);
  return items.map(({ _id }) => stored.has(_id));
}

function renamingFault(i: number): Fault {
  return {
    pointer: `/items/${i}/fields`,
    message: "names what identifies a candidate",
    allowed: "any field but candidate_name and node_id",
  };
}
