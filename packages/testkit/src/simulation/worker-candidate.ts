import type { Candidate, TierIdentity } from "@oak/contracts";
import type { Machine } from "./machine.ts";
import type { TierDisk } from "./tier-disk.ts";

/** A registration as the cluster stores it: a session above every earlier one, made when it is new. */
export function registerMachine(
  disk: TierDisk,
  machine: Machine,
  { base }: TierIdentity,
): Candidate {
  const known = disk.candidates.get(machine.id) ?? {
    ...newCandidate(machine.id, machine.vcpus),
    want_rev: base,
  };
  const session = Math.max(known.session, base) + 1;
  const registered = { ...known, session, liveness: "alive" as const };
  disk.candidates.put(machine.id, registered);
  return registered;
}

/** The document of a worker or a cluster that has not been heard of yet. */
export function newCandidate(id: string, vcpus: number, name = id): Candidate {
  return {
    _id: id,
    candidate_name: name,
    rev: 1,
    want_rev: 0,
    allocatable: { vcpus, memory: vcpus * 1000, vgpus: 0, storage: 1_000_000 },
    holds: {},
    liveness: "left",
    schedulable: true,
    session: 0,
    proto: 1,
    architecture: "amd64",
    virtualization: ["docker"],
    last_modified_timestamp: 0,
  };
}
