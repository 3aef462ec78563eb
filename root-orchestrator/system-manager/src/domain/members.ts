import type { InstanceView, Job, Status } from "@oak/contracts";
import { isUnderWay, revised, wantedCount } from "@oak/core";
import type { JobPatch } from "../ports/jobs.ts";

/** What changes in a service when other instances are wanted of it. */
export type MembersPatch = Pick<
  JobPatch,
  | "members"
  | "next_instance_progressive_number"
  | "member_revisions"
  | "other_specs"
  | "rollout_state"
>;

export interface MembersChange {
  patch: MembersPatch;
  added: number[];
  removed: number[];
}

/** Wants `count` instances more, of the present revision. */
export function withMore(job: Job, count: number, numberBase: number): MembersChange {
  return counted(job, addMembers(job, count, numberBase), count);
}

/** Wants these instances no more. */
export function without(job: Job, numbers: readonly number[]): MembersChange {
  const change = dropMembers(job, numbers);
  return counted(job, change, -change.removed.length);
}

/**
 * Adds members of the present revision.
 * @param numberBase numbers continue above it
 */
export function addMembers(job: Job, count: number, numberBase: number): MembersChange {
  const first = Math.max(job.next_instance_progressive_number, numberBase);
  const added = Array.from({ length: count }, (_, index) => first + index);
  const members = [...job.members, ...added];
  const patch = { members, next_instance_progressive_number: first + count };
  return { patch, added, removed: [] };
}

export function dropMembers(job: Job, numbers: readonly number[]): MembersChange {
  const removed = job.members.filter((member) => numbers.includes(member));
  const members = job.members.filter((member) => !numbers.includes(member));
  return { patch: { members, ...kept(job, members) }, added: [], removed };
}

/** What is known of revisions shrinks with the members; a service that never was updated has nothing of it. */
function kept(job: Job, members: readonly number[]): MembersPatch {
  if (Object.keys(job.member_revisions ?? {}).length === 0) return {};
  const { rollout_state: rollout, spec_rev: revision } = job;
  return revised(job, {
    members,
    revision,
    ...(isUnderWay(rollout) && { keep: rollout.from_revision }),
  });
}

/** While a rollout goes on, it is told how many there are to be in the end. */
function counted(job: Job, change: MembersChange, more: number): MembersChange {
  const { rollout_state: rollout } = job;
  if (!isUnderWay(rollout)) return change;
  const replicas = Math.max(0, wantedCount(job) + more);
  return { ...change, patch: { ...change.patch, rollout_state: { ...rollout, replicas } } };
}

/** The sooner a status comes here, the less is lost with the instance. */
const LEAST_LOSS: readonly Status[] = [
  "FAILED",
  "DEAD",
  "UNDEPLOYED",
  "COMPLETED",
  "TargetClusterNotFound",
  "TargetClusterNotActive",
  "TargetClusterNoCapacity",
  "NoActiveClusterWithCapacity",
  "NO_WORKER_CAPACITY",
  "NO_QUALIFIED_WORKER_FOUND",
  "NO_NODE_FOUND",
  "REQUESTED",
  "CLUSTER_SCHEDULED",
  "NODE_SCHEDULED",
  "CREATING",
  "CREATED",
  "RUNNING",
];

/**
 * The instances that leave when fewer are wanted: first what does not run or is in bad health, then what is of
 * another revision than the present one and so would leave anyway, then the newest.
 */
export function leavingFirst(
  job: Pick<Job, "members" | "member_revisions">,
  views: readonly Pick<InstanceView, "instance_number" | "status">[],
): number[] {
  const statuses = new Map(views.map((view) => [view.instance_number, view.status]));
  const rank = (number: number): number => LEAST_LOSS.indexOf(statuses.get(number) ?? "REQUESTED");
  const isOther = (number: number): number =>
    job.member_revisions?.[number] === undefined ? 0 : 1;
  return job.members.toSorted((a, b) => rank(a) - rank(b) || isOther(b) - isOther(a) || b - a);
}
