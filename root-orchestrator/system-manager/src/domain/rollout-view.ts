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
import { waitsFor } from "./rollout-words.ts";

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
    ...wordsOf(job, rollout),
    started_at: rollout.started_at,
    ended_at: rollout.ended_at,
  };
}

/** What was stored, or while it goes on what it waits for. */
function wordsOf(job: JobWithInstances, rollout: Rollout): Pick<RolloutView, "reason" | "message"> {
  const { reason, message, replicas, state } = rollout;
  if (!isUnderWay(rollout)) return { reason, message };
  const target = job.members.filter((number) => revisionOf(job, number) === job.spec_rev);
  const progress = `${target.length} of ${replicas} instances are of revision ${job.spec_rev}`;
  const waiting = job.instance_list.find(
    (view) => target.includes(view.instance_number) && view.status !== "RUNNING",
  );
  const now = waiting === undefined ? progress : `${progress}; ${waits(rollout, waiting)}`;
  if (state === "progressing") return { reason: waiting?.reason ?? "", message: now };
  return { reason, message: `${message}. It goes back: ${now}` };
}

const refusals: ReadonlySet<string> = new Set(REFUSAL_STATUSES);

function waits({ max_unavailable }: Rollout, view: InstanceView): string {
  const { instance_number: number, status_detail: detail, status } = view;
  const isRefused = refusals.has(status);
  return waitsFor({ number, detail, isRefused }, max_unavailable);
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
