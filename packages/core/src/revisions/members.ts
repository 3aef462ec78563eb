import type { Job, OnDisconnect, StoredSpec } from "@oak/contracts";
import { specOf, withSpec } from "./spec.ts";

/** The revision that an instance of the service is made of, whatever the present one is. */
export function revisionOf(
  { member_revisions: others, spec_rev }: Pick<Job, "member_revisions" | "spec_rev">,
  instanceNumber: number,
): number {
  return others?.[instanceNumber] ?? spec_rev;
}

/** The service as it was at a revision that its document still knows; as it is now for any other. */
export function jobAt(job: Job, revision: number): Job {
  const spec = job.spec_rev === revision ? undefined : job.other_specs?.[revision];
  return spec === undefined ? job : withSpec(job, spec);
}

/** The service as this instance is made of it. */
export function jobOfMember(job: Job, instanceNumber: number): Job {
  return jobAt(job, revisionOf(job, instanceNumber));
}

/**
 * Whether no instance may answer without the word of its cluster. While some may, as in the middle of an update, those
 * must not be cut off.
 */
export function isExclusive(
  job: Pick<Job, "onDisconnect" | "member_revisions" | "other_specs">,
): boolean {
  const others = Object.values(job.member_revisions ?? {}).map(
    (revision): unknown => job.other_specs?.[revision]?.["onDisconnect"],
  );
  const exclusive: OnDisconnect = "exclusive";
  return [job.onDisconnect, ...others].every((policy) => policy === exclusive);
}

/** How many instances are wanted of a service; while it is updated there may be more, or fewer. */
export function wantedCount({ members, rollout_state: rollout }: Job): number {
  return isUnderWay(rollout) ? rollout.replicas : members.length;
}

/** Whether instances of one revision are taking the place of those of another one. */
export function isUnderWay(
  rollout: Job["rollout_state"],
): rollout is NonNullable<Job["rollout_state"]> {
  return rollout?.state === "progressing" || rollout?.state === "rolling_back";
}

/** What is kept of a service when it turns to another revision, or members come and go. */
export type Revised = Required<Pick<Job, "member_revisions" | "other_specs">>;

/**
 * The bookkeeping of revisions for a service that turns to `revision`, or stays there. Specs that no member is made of
 * and that nobody goes back to are dropped.
 * @param keep a revision whose spec stays whoever is made of it
 */
export function revised(
  job: Job,
  { members, revision, keep }: { members: readonly number[]; revision: number; keep?: number },
): Revised {
  const made = members.map((number): [number, number] => [number, revisionOf(job, number)]);
  const others = made.filter(([, of]) => of !== revision);
  const used = new Set([...others.map(([, of]) => of), ...(keep === undefined ? [] : [keep])]);
  used.delete(revision);
  const specs = [...used].flatMap((of): [number, StoredSpec][] => {
    const spec = of === job.spec_rev ? specOf(job) : job.other_specs?.[of];
    return spec === undefined ? [] : [[of, spec]];
  });
  return {
    member_revisions: Object.fromEntries(others),
    other_specs: Object.fromEntries(specs),
  };
}
