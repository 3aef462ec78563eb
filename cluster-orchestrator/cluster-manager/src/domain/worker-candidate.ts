import type { Allocatable, Liveness, NodeRegistration } from "@oak/contracts";
import { allocatableOf } from "@oak/core";
import { nameOf } from "./registration.ts";

/** What registration writes of a worker; everything else in its candidate belongs to others. */
export interface WorkerCandidate {
  _id: string;
  candidate_name: string;
  ip: string;
  session: number;
  liveness: Liveness;
  allocatable: Allocatable;
  node_id?: string;
  [fact: string]: unknown;
}

/**
 * A worker describes its hardware and load, with keys of its own if it likes. These it may not set: they
 * are what the cluster decides about it, or secrets.
 */
const notForWorkers: ReadonlySet<string> = new Set([
  "_id",
  "id",
  "token",
  "name",
  "active",
  "active_nodes",
  "aggregation_per_architecture",
  "candidate_location",
  "child_incarnation",
  "cpu_history",
  "free_shapes",
  "holds",
  "identity_key",
  "joined_at",
  "last_modified_timestamp",
  "memory_history",
  "rev",
  "schedulable",
  "want_rev",
]);

export function workerCandidate(
  registration: NodeRegistration,
  given: { workerId: string; session: number; address: string; atMs: number },
): WorkerCandidate {
  const facts = Object.entries(registration).filter(([key]) => !notForWorkers.has(key));
  const { ip = "" } = registration;
  const address = given.address.replace(/^::ffff:/, "");
  return {
    ...Object.fromEntries(facts),
    _id: given.workerId,
    candidate_name: nameOf(registration),
    // upstream: the worker's own idea of its address; it knows none when it has only loopback
    ip: ip === "" ? address : ip,
    session: given.session,
    joined_at: Math.round(given.atMs / 1_000),
    liveness: "alive",
    allocatable: allocatableOf(registration),
  };
}
