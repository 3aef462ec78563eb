import type { Candidate, JobSpec } from "@oak/contracts";

/**
 * The decision as one writes it first: filter the documents, work out what is left of each, sort, take the
 * first. It is the measure for what the columns of packages/core are worth; it knows fewer rules than they do.
 */
export function filterAndSort(
  candidates: readonly Candidate[],
  job: JobSpec,
): Candidate | undefined {
  const { vcpus = 0, memory = 0, virtualization } = job;
  const suitable = candidates
    .filter(({ liveness, schedulable }) => liveness === "alive" && schedulable)
    .filter((candidate) => candidate.virtualization?.includes(virtualization))
    .map((candidate) => ({ candidate, left: leftOf(candidate) }))
    .filter(({ left }) => left.vcpus >= vcpus && left.memory >= memory)
    .map(({ candidate, left }) => {
      const { allocatable } = candidate;
      const unused =
        (left.vcpus - vcpus) / allocatable.vcpus + (left.memory - memory) / allocatable.memory;
      return { candidate, unused };
    });
  return suitable.sort((one, other) => one.unused - other.unused)[0]?.candidate;
}

function leftOf({ allocatable, holds }: Candidate): { vcpus: number; memory: number } {
  const held = Object.values(holds);
  return {
    vcpus: held.reduce((left, hold) => left - hold.vcpus, allocatable.vcpus),
    memory: held.reduce((left, hold) => left - hold.memory, allocatable.memory),
  };
}
