import { Candidate, Id, LOAD_FIGURES, MOST_PATCHED } from "@oak/contracts";
import { z } from "zod";
import { type ChartPoints, chartPoints } from "./chart.ts";
import { assertStorable, withoutKeys } from "./storable.ts";

const writable = Candidate.omit({
  _id: true,
  rev: true,
  want_rev: true,
  holds: true,
  cpu_history: true,
  memory_history: true,
  last_modified_timestamp: true,
}).partial();

/** Body of `PATCH /api/v1/resources/{id}`: any of the fields that managers write. */
export const CandidatePatch = writable.meta({ id: "CandidatePatch" });
export type CandidatePatch = z.infer<typeof CandidatePatch>;

/** Body of `PATCH /api/v1/resources`. */
export const CandidatePatches = z
  .object({ items: z.array(z.object({ _id: Id, fields: CandidatePatch })).max(MOST_PATCHED) })
  .meta({ id: "CandidatePatches" });
export type CandidatePatches = z.infer<typeof CandidatePatches>;

/** Body of `POST` and `PUT /api/v1/resources`; what is missing gets the value of a fresh candidate. */
export const CandidateWrite = writable
  .extend({ candidate_name: z.string().min(1).max(256), _id: Id.exactOptional() })
  .meta({ id: "CandidateWrite" });
export type CandidateWrite = z.infer<typeof CandidateWrite>;

/** Kept by this service alone. Callers that send a whole document back do not mean them. */
const ownKeys: ReadonlySet<string> = new Set([
  "_id",
  "active",
  "rev",
  "want_rev",
  "holds",
  "cpu_history",
  "memory_history",
  "last_modified_timestamp",
  "identity_key",
]);

/** What a write changes: fields to set, and points for the charts. */
export interface CandidateChange {
  fields: Record<string, unknown>;
  points: ChartPoints;
  /** Whether it makes a new version; false when it says nothing but load, see `LOAD_FIGURES`. */
  movesRev: boolean;
}

/**
 * Reads a body into the change that it asks for. Empty strings are dropped: a worker that does not know
 * its architecture yet must not erase the one that is stored.
 */
export function candidateChange(
  body: CandidatePatch | CandidateWrite,
  nowMs: number,
): CandidateChange {
  assertStorable(body);
  const given = Object.entries(withoutKeys(body, ownKeys)).filter(([, value]) => value !== "");
  return {
    fields: { ...Object.fromEntries(given), last_modified_timestamp: nowMs / 1000 },
    points: chartPoints(body, nowMs),
    movesRev: given.some(([key]) => !LOAD_FIGURES.has(key)),
  };
}

/** Whether a change touches what identifies a candidate, which takes a look at the stored fields. */
export function isRenaming({ fields }: CandidateChange): boolean {
  return "candidate_name" in fields || "node_id" in fields;
}

/** Two changes of one candidate as one, the later one over the earlier; of the charts' points the latest count. */
export function joinedChange(earlier: CandidateChange, later: CandidateChange): CandidateChange {
  return {
    fields: { ...earlier.fields, ...later.fields },
    points: { ...earlier.points, ...later.points },
    movesRev: earlier.movesRev || later.movesRev,
  };
}

/**
 * What makes two registrations the same candidate: the id that a worker made for itself, else the name
 * (clusters, and workers of older versions). Two hosts of one name are two workers.
 */
export function identityKeyOf(candidate: {
  node_id?: string | undefined;
  candidate_name?: string | undefined;
}): string {
  const { node_id: nodeId = "", candidate_name: name = "" } = candidate;
  return nodeId === "" ? `name:${name}` : `node:${nodeId}`;
}

/** Values of a candidate that nobody has said anything about; nothing fits until it says what it has. */
export function freshCandidate(wantRevBase: number) {
  return {
    want_rev: wantRevBase,
    allocatable: { vcpus: 0, memory: 0, vgpus: 0, storage: 0 },
    holds: {},
    liveness: "alive",
    schedulable: true,
    session: 0,
  } as const;
}
