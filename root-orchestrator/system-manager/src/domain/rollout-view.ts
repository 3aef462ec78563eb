import {
  type InstanceView,
  type Job,
  Microservice,
  REFUSAL_STATUSES,
  REVISIONS_KEPT,
  type RevisionView,
  type Rollout,
  type RolloutView,
  type StoredRevision,
  type StoredSpec,
} from "@oak/contracts";
import { isUnderWay, revisionOf, specOf, wantedCount } from "@oak/core";
import type { JobWithInstances } from "../ports/jobs.ts";

/** How far a service has come on its way from one revision to the next. */
export function rolloutView(job: JobWithInstances): RolloutView {
  const { rollout_state: rollout } = job;
  const ready = job.instance_list.filter(({ status }) => status === "RUNNING").length;
  const replicas = wantedCount(job);
  if (rollout === undefined) {
    const nothing = { reason: "", message: "The service was never updated" };
    const times = { started_at: null, ended_at: null };
    const numbers = { revision: job.spec_rev, from_revision: null };
    return { state: "none", ...numbers, replicas, updated: replicas, ready, ...nothing, ...times };
  }
  const updated = job.members.filter((number) => revisionOf(job, number) === rollout.revision);
  return {
    state: rollout.state,
    revision: rollout.revision,
    from_revision: rollout.from_revision,
    replicas,
    updated: updated.length,
    ready,
    ...wordsOf(job, rollout, updated),
    started_at: rollout.started_at,
    ended_at: rollout.ended_at,
  };
}

/** What was stored, or while it goes on what it waits for. */
function wordsOf(
  job: JobWithInstances,
  rollout: Rollout,
  updated: readonly number[],
): Pick<RolloutView, "reason" | "message"> {
  const { reason, message } = rollout;
  if (!isUnderWay(rollout) || rollout.state === "rolling_back") return { reason, message };
  const progress = `${updated.length} of ${rollout.replicas} instances are of revision ${rollout.revision}`;
  const waiting = job.instance_list.find(
    (view) => updated.includes(view.instance_number) && view.status !== "RUNNING",
  );
  if (waiting === undefined) return { reason: "", message: progress };
  const { instance_number: number, status_detail: detail } = waiting;
  return {
    reason: waiting.reason,
    message: `${progress}; instance ${number} waits: ${detail}${hintFor(rollout, waiting)}`,
  };
}

const refusals: ReadonlySet<string> = new Set(REFUSAL_STATUSES);

/** A host port is taken by the old instance, or workers are full: nothing can be made before something ends. */
function hintFor({ max_unavailable }: Rollout, { status }: InstanceView): string {
  if (max_unavailable > 0 || !refusals.has(status)) return "";
  return ". No room for one more: with maxUnavailable 1 an old instance would make room first";
}

/** What the service is and was made of, the newest first. */
export function revisionViews(job: Job, kept: readonly StoredRevision[]): RevisionView[] {
  const stamp = kept.find(({ revision }) => revision === job.spec_rev)?.made;
  const made = stamp ?? job.revised ?? { at: job.created_at, by: job.owner };
  const present = { revision: job.spec_rev, made, spec: specOf(job) };
  const former = kept.filter(({ revision }) => revision !== job.spec_rev);
  return [present, ...former]
    .toSorted((a, b) => b.revision - a.revision)
    .filter(({ revision }, index) => index < REVISIONS_KEPT || revision === job.spec_rev)
    .map(({ revision, made: { at, by }, spec }) => ({
      revision,
      created_at: at,
      created_by: by,
      current: revision === job.spec_rev,
      spec: slaOf(job, spec),
    }));
}

/** As an SLA has it: with its name, and without what the server has made from it. */
export function slaOf(job: Job, spec: StoredSpec): Record<string, unknown> {
  const { microservice_name, microservice_namespace, addresses } = job;
  const { image: _image, ...rest } = spec;
  const known = Object.keys(Microservice.shape).filter((key) => rest[key] !== undefined);
  const others = Object.keys(rest).filter((key) => !known.includes(key));
  return {
    microservice_name,
    microservice_namespace,
    ...(addresses === undefined ? {} : { addresses }),
    ...Object.fromEntries([...known, ...others].map((key) => [key, rest[key]])),
  };
}
