import type { Id, Job, RolloutStrategy, StoredRevision } from "@oak/contracts";
import { REVISIONS_KEPT } from "@oak/contracts";
import { jobViews } from "@oak/core";
import {
  createEditor,
  createRollBackService,
  createScaleService,
  createUpdateService,
  type EditableStore,
  type JobPatch,
  type JobWithInstances,
  noEvents,
  noNetwork,
  type RevisionStore,
  storedRevision,
} from "@oak/system-manager/core";
import type { ProcessLife } from "./process-life.ts";
import type { SimulationDeps } from "./simulation-deps.ts";
import type { TierDisk } from "./tier-disk.ts";
import type { TierStore } from "./tier-store.ts";

/** The user's requests that change what a service is, or how many there are: the real ones, on a simulated store. */
export interface Steering {
  /** @param document a microservice, as in an SLA */
  update(jobId: string, document: object, strategy: RolloutStrategy): Promise<void>;
  /** To a revision that is kept; without one to the last that was. */
  rollBack(jobId: string, revision: number | undefined): Promise<void>;
  /** @returns the numbers that are wanted no more */
  scale(jobId: string, replicas: number): Promise<readonly number[]>;
  /** Whatever rollouts need of the same store. */
  revisions: RevisionStore;
}

const CALLER = {
  ...{ id: "ad000000000000000000000a" as Id, name: "Admin", isAdmin: true, organization: "" },
  ...{ isShared: false, roles: ["Admin"] },
};

interface SteeringParts {
  disk: TierDisk;
  store: TierStore;
}

export function createSteering(
  { clockOf }: Pick<SimulationDeps, "clockOf">,
  life: ProcessLife,
  parts: SteeringParts,
): Steering {
  const { disk, store } = parts;
  const revisions = createRevisions(parts);
  const jobs: EditableStore<Job, JobPatch> = {
    find: (id) => store.read(() => disk.jobs.get(id)),
    patch: (id, patch, rev) =>
      store.change(() => {
        const job = disk.jobs.get(id);
        if (job === undefined) return { ok: false, reason: "gone" } as const;
        const value = patched(job, patch, rev);
        if (value === undefined) return { ok: false, reason: "conflict" } as const;
        disk.jobs.put(id, value);
        return { ok: true, value } as const;
      }),
  };
  const deps = {
    jobs: { findWithInstances: (id: Id) => store.read(() => withInstances(disk, id)) },
    jobEditor: createEditor(jobs),
    ...{ network: noNetwork, events: noEvents, revisions },
    // The feed of the store tells the placer.
    nudge: () => undefined,
    clock: clockOf(disk.name),
    numberBase: () => disk.identity().base,
  };
  const update = createUpdateService(deps);
  const rollBack = createRollBackService(deps);
  const scale = createScaleService(deps);
  return {
    revisions,
    update: (jobId, document, strategy) =>
      life.serve(async () => {
        await update(jobId, document, { caller: CALLER, strategy });
      }),
    rollBack: (jobId, revision) =>
      life.serve(async () => {
        await rollBack(jobId, revision, { caller: CALLER, strategy: {} });
      }),
    scale: (jobId, replicas) =>
      life.serve(async () => (await scale(jobId, { replicas, caller: CALLER })).removed),
  };
}

/** The service as the patch leaves it; undefined when it has moved on. */
export function patched(stored: Job, { spec, ...fields }: JobPatch, rev: number): Job | undefined {
  if (stored.rev !== rev) return undefined;
  const job: Record<string, unknown> = { ...stored, ...spec?.set, ...fields, rev: rev + 1 };
  for (const key of spec?.unset ?? []) delete job[key];
  return job as Job;
}

function createRevisions({ disk, store }: SteeringParts): RevisionStore {
  const noteOf = (jobId: string): string => `revisions of ${jobId}`;
  const kept = (jobId: string): readonly StoredRevision[] =>
    (disk.notes.get(noteOf(jobId)) as readonly StoredRevision[] | undefined) ?? [];
  return {
    list: (jobId) => store.read(() => [...kept(jobId)]),
    keep: (job) =>
      store.change(() => {
        const revision = { ...storedRevision(job), _id: `${job._id}/${job.spec_rev}` };
        const others = kept(job._id).filter(({ _id }) => _id !== revision._id);
        const all = [revision, ...others].toSorted((a, b) => b.revision - a.revision);
        disk.notes.put(noteOf(job._id), all.slice(0, REVISIONS_KEPT - 1));
      }),
  };
}

function withInstances({ jobs, instances }: TierDisk, id: string): JobWithInstances | undefined {
  const job = jobs.get(id);
  if (job === undefined) return undefined;
  const own = [...instances.values()].filter(({ job_id }) => job_id === id);
  return jobViews([job], { instances: own, candidates: [] })[0];
}
