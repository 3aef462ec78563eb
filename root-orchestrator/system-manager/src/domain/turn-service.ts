import type { Job, RevisionStamp, Rollout, RolloutStrategy, StoredSpec } from "@oak/contracts";
import {
  isSameCopy,
  isSameValue,
  isUnderWay,
  nextNumber,
  revised,
  specOf,
  wantedCount,
} from "@oak/core";
import type { JobPatch } from "../ports/jobs.ts";
import { type MembersChange, withMore, without } from "./members.ts";

/** What a service is to become. */
export interface Turn {
  spec: StoredSpec;
  /** one that was before; absent: a new one, unless the service still has a spec like this */
  revision?: number | undefined;
  /** absent: as many as there are */
  replicas?: number | undefined;
  strategy: RolloutStrategy;
  made: RevisionStamp;
  /** numbers continue above it */
  numberBase: number;
  /** members that leave first when fewer are wanted */
  leavingFirst: readonly number[];
}

export interface Turned {
  revision: number;
  /** undefined: the service is as it shall be */
  patch: JobPatch | undefined;
  added: number[];
  /** copies are replaced */
  isRollout: boolean;
}

/** Makes a service what it shall be: its document at once, and its copies one after another where they have to differ. */
export function turnService(job: Job, turn: Turn): Turned {
  const isPresent = turn.revision === undefined || turn.revision === job.spec_rev;
  if (isPresent && isSameCopy(specOf(job), turn.spec)) {
    if (!isLeftHalfWay(job)) return amended(job, turn);
    return rolledOut(job, turn, job.spec_rev);
  }
  const revision = turn.revision ?? knownRevision(job, turn.spec) ?? newRevision(job, turn);
  return rolledOut(job, turn, revision);
}

/** A rollout has failed, and members of several revisions are left. */
function isLeftHalfWay({ rollout_state: rollout, member_revisions: others = {} }: Job): boolean {
  return !isUnderWay(rollout) && Object.keys(others).length > 0;
}

function rolledOut(job: Job, turn: Turn, revision: number): Turned {
  const rollout = newRollout(job, turn, revision);
  return {
    revision,
    patch: {
      ...turnTo(job, { revision, spec: turn.spec, keep: rollout.from_revision }),
      last_revision: Math.max(job.last_revision ?? job.spec_rev, revision),
      revised: turn.made,
      rollout_state: rollout,
    },
    added: [],
    isRollout: true,
  };
}

/** The patch that makes a revision the present one; members stay what they are. */
export function turnTo(
  job: Job,
  { revision, spec, keep }: { revision: number; spec: StoredSpec; keep: number },
): JobPatch {
  return {
    spec_rev: revision,
    spec: specChange(job, spec),
    ...revised(job, { members: job.members, revision, keep }),
  };
}

function specChange(job: Job, spec: StoredSpec): NonNullable<JobPatch["spec"]> {
  const unset = Object.keys(specOf(job)).filter((key) => spec[key] === undefined);
  return { set: spec, unset };
}

/** No copy has to differ: the document changes under the same revision, and perhaps the count. */
function amended(job: Job, turn: Turn): Turned {
  const change = scaledTo(job, turn);
  const isSame = isSameSpec(specOf(job), turn.spec);
  const spec = isSame ? {} : { spec: specChange(job, turn.spec) };
  const isNothing = isSame && change === undefined;
  return {
    revision: job.spec_rev,
    patch: isNothing ? undefined : { ...change?.patch, ...spec },
    added: change?.added ?? [],
    isRollout: false,
  };
}

/** Whether two specs say the same, whether that matters to copies or not. */
export function isSameSpec(a: StoredSpec, b: StoredSpec): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isSameValue(a[key], b[key]));
}

function scaledTo(job: Job, turn: Turn): MembersChange | undefined {
  const more = (turn.replicas ?? wantedCount(job)) - wantedCount(job);
  if (more === 0) return undefined;
  if (more > 0) return withMore(job, more, turn.numberBase);
  return without(job, turn.leavingFirst.slice(0, -more));
}

/** One that members are still made of, so that they can stay. */
function knownRevision({ other_specs: others = {} }: Job, spec: StoredSpec): number | undefined {
  const found = Object.entries(others).find(([, other]) => isSameCopy(other, spec));
  return found === undefined ? undefined : Number(found[0]);
}

function newRevision(job: Job, { numberBase }: Turn): number {
  return nextNumber(Math.max(job.last_revision ?? 0, job.spec_rev), numberBase);
}

function newRollout(job: Job, turn: Turn, revision: number): Rollout {
  const { maxSurge = 1, maxUnavailable = 0, pauseS = 0 } = turn.strategy;
  const replicas = turn.replicas ?? wantedCount(job);
  const nowS = turn.made.at;
  const isEmpty = replicas === 0 && job.members.length === 0;
  return {
    state: isEmpty ? "completed" : "progressing",
    revision,
    ...wayBackOf(job, revision),
    first_number: job.next_instance_progressive_number,
    replicas,
    max_surge: maxSurge,
    max_unavailable: maxUnavailable,
    pause_s: pauseS,
    reason: "",
    message: isEmpty ? "No instance is wanted" : "",
    started_at: nowS,
    ended_at: isEmpty ? nowS : null,
    moved_at: nowS,
    resume_at: 0,
  };
}

/** What the service goes back to: a revision that is on its way itself has shown nothing yet. */
function wayBackOf(
  { rollout_state: rollout, spec_rev }: Job,
  revision: number,
): Pick<Rollout, "from_revision" | "from_unproven"> {
  const isComing = isUnderWay(rollout) && rollout.state === "progressing";
  if (!isComing || rollout.from_unproven === true) {
    return { from_revision: spec_rev, ...(revision === spec_rev && { from_unproven: true }) };
  }
  if (rollout.from_revision !== revision) return { from_revision: rollout.from_revision };
  return { from_revision: spec_rev, from_unproven: true };
}
