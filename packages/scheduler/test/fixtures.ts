import type { Candidate, Feed, JobSpec, PlacementRequest } from "@oak/contracts";

export const tierSecret = "secret-of-the-tests";

export function idOf(number: number): string {
  return number.toString(16).padStart(24, "0");
}

/** A live worker with two cores and 2 GB. */
export function aWorker(number: number, changes: Partial<Candidate> = {}): Candidate {
  return {
    _id: idOf(number),
    candidate_name: `w${number}`,
    rev: 1,
    want_rev: 0,
    allocatable: { vcpus: 2, memory: 2048, vgpus: 0, storage: 10_000 },
    holds: {},
    liveness: "alive",
    schedulable: true,
    session: 1,
    proto: 1,
    last_modified_timestamp: 0,
    virtualization: ["docker"],
    architecture: "amd64",
    ...changes,
  };
}

/** The service with id 0xabc, which fills one {@link aWorker}. */
export function aJob(changes: Partial<JobSpec> = {}): JobSpec {
  return {
    _id: idOf(0xabc),
    job_name: "app.ns.web.ns",
    image: "web:1",
    virtualization: "docker",
    vcpus: 2,
    memory: 100,
    ...changes,
  };
}

export function aRequest(
  attempt: string,
  changes: Partial<PlacementRequest> = {},
): PlacementRequest {
  return { attempt_id: attempt, job: aJob(), exclude: [], ...changes };
}

export function aFeed(changes: Partial<Feed<Candidate>> = {}): Feed<Candidate> {
  return { cursor: "c1", reset: true, items: [], removed: [], ...changes };
}
