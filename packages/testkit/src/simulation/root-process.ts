import type {
  Candidate,
  ClusterReport,
  ClusterReportAnswer,
  Job,
  JobSpec,
  WantedAnswer,
} from "@oak/contracts";
import { toJobSpec } from "@oak/contracts";
import { jobAt, placeOnCluster } from "@oak/core";
import {
  type ClusterWatch,
  createClusterWatch,
  createRootCore,
  type JobPatch,
  type RootCore,
} from "@oak/system-manager/core";
import { createFrontDoor, type FrontDoor } from "./front-door.ts";
import { CLUSTER_TIMEOUT_MS, LEARN_S, ROLLOUT_SETTINGS, ROOT_SETTINGS } from "./hurried-times.ts";
import { createProcessLife, type ProcessLife } from "./process-life.ts";
import { toPlaceRequest, toProposal } from "./proposal.ts";
import type { SimulationDeps } from "./simulation-deps.ts";
import { createSteering, patched, type Steering } from "./steering.ts";
import { createTierBook, type TierDisk } from "./tier-disk.ts";
import { createTierStore, type TierStore } from "./tier-store.ts";
import { newCandidate } from "./worker-candidate.ts";

/** One life of the root: system-manager, its placer and its store. */
export interface RootProcess {
  life: ProcessLife;
  core: RootCore;
  /** Whether the stored state is read; requests before that are refused. */
  isReady(): boolean;
  frontDoor: FrontDoor;
  steering: Steering;
  register(name: string): Promise<{
    id: string;
    token: string;
    session: number;
    incarnation: string;
    want_rev: number;
  }>;
  wanted(clusterId: string, session: number, since: number, waitMs: number): Promise<WantedAnswer>;
  report(clusterId: string, report: ClusterReport): Promise<ClusterReportAnswer>;
  /** An operator takes a cluster out for good. */
  removeCluster(clusterId: string): Promise<void>;
}

const specs = new WeakMap<Job, Map<number, JobSpec>>();

export interface RootWorld extends SimulationDeps {
  /** called when a rollout changes a service, just before that is stored */
  onRolloutStep(before: Job, after: Job): void;
}

export function startRoot(deps: RootWorld, disk: TierDisk, onCrash: () => void): RootProcess {
  const { time, random } = deps;
  const life = createProcessLife(time);
  const crash = (): void => {
    life.kill();
    onCrash();
  };
  const store = createTierStore({ ...deps, disk, life, crash });
  const steering = createSteering(deps, life, { disk, store });
  const jobs = new Map<string, Job>([...disk.jobs.values()].map((job) => [job._id, job]));
  const core = createRootCore({
    store: store.assignments,
    holds: store.holds,
    jobs: { get: (id) => jobs.get(id), all: () => jobs.values(), specOf },
    scheduler: {
      propose: (request) =>
        store.change(() =>
          toProposal(request, placeOnCluster(disk.table(), toPlaceRequest(request))),
        ),
    },
    tier: createTierBook(disk, store.change),
    clock: deps.clockOf(disk.name),
    random: random.next,
    log: deps.log,
    settings: ROOT_SETTINGS,
    rollouts: {
      settings: ROLLOUT_SETTINGS,
      changeJob: (job, patch) => store.change(() => changeJob(deps, disk, { job, patch })),
      keepRevision: steering.revisions.keep,
      giveInstances: async () => undefined,
    },
    listCandidates: async () => [...disk.candidates.values()],
    removeJob: (id) => store.change(() => disk.jobs.remove(id)),
    learnS: LEARN_S.root,
  });
  const watch = createClusterWatch({
    candidates: {
      list: async () => [...disk.candidates.values()],
      patch: (id, fields) => store.change(() => patchCandidate(disk, id, fields)),
    },
    monotonicMs: time.nowMs,
    timeoutMs: CLUSTER_TIMEOUT_MS,
    everyMs: 1000,
    onLost: core.clusterLost,
    log: deps.log,
    onRoom: core.roomGrew,
  });
  let isReady = false;
  life.guard(watch.load().then(core.load)).then(() => {
    isReady = true;
  }, crash);

  // The abstractor's feed: what is stored is told a moment later, in order.
  disk.jobs.onChange((id, _before, after) => {
    if (!life.isAlive()) return;
    const told = life.when(() => {
      if (after === undefined) jobs.delete(id);
      else jobs.set(id, after);
      if (isReady) core.jobChanged(id);
    });
    time.after(5, told);
  });
  const tick = life.when(() => {
    if (isReady) core.tick();
    time.after(250, tick);
  });
  tick();
  const every = (ms: number, run: () => Promise<void>): void => {
    const chore = life.when(() => {
      if (isReady) run().catch(() => undefined);
      time.after(ms, chore);
    });
    time.after(ms, chore);
  };
  every(1000, watch.check);
  every(5000, core.sweepHolds);

  return {
    life,
    core,
    isReady: () => isReady && life.isAlive(),
    frontDoor: createFrontDoor(life, { disk, store }),
    steering,
    ...createClusterApi(deps, { disk, store, core, life, watch }),
  };
}

function specOf(job: Job, revision: number): JobSpec {
  const made = specs.get(job) ?? new Map<number, JobSpec>();
  specs.set(job, made);
  const spec = made.get(revision) ?? toJobSpec(jobAt(job, revision));
  made.set(revision, spec);
  return spec;
}

interface ClusterApiParts {
  disk: TierDisk;
  store: TierStore;
  core: RootCore;
  life: ProcessLife;
  watch: ClusterWatch;
}

function createClusterApi(
  { time }: SimulationDeps,
  { disk, store, core, life, watch }: ClusterApiParts,
): Pick<RootProcess, "register" | "wanted" | "report" | "removeCluster"> {
  return {
    register: async (name) => {
      const { _id: id, ...cluster } = await store.change(() => registerCluster(disk, name));
      const { session, want_rev: wantRev } = cluster;
      const answer = core.clusterRegistered({ id, session, wantRev });
      watch.registered(id);
      return { id, token: name, session, ...answer };
    },
    wanted: async (clusterId, session, since, waitMs) => {
      const first = core.wanted(clusterId, session, since);
      if (first.full || first.changes.length > 0 || first.want_rev > since) return first;
      const abort = new AbortController();
      // With a reason of our own: making the default one costs more than the rest of the request.
      const cancel = time.after(
        waitMs,
        life.when(() => abort.abort("over")),
      );
      await life.guard(core.wantedChanged(clusterId, abort.signal));
      cancel();
      return core.wanted(clusterId, session, since);
    },
    report: async (clusterId, report) => {
      await watch.heard(clusterId, report);
      return core.report(clusterId, report);
    },
    removeCluster: async (clusterId) => {
      await store.change(() => disk.candidates.remove(clusterId));
      core.clusterRemoved(clusterId);
    },
  };
}

/** A registration as the root stores it: a session above every earlier one, a document when it has none. */
function registerCluster(disk: TierDisk, name: string): Candidate {
  const { base } = disk.identity();
  const found = [...disk.candidates.values()].find((c) => c.candidate_name === name);
  const known = found ?? { ...newCandidate(disk.nextId("c1"), 0, name), want_rev: base };
  const session = Math.max(known.session, base) + 1;
  const registered = { ...known, session, liveness: "alive" as const };
  disk.candidates.put(known._id, registered);
  return registered;
}

function patchCandidate(disk: TierDisk, id: string, fields: Partial<Candidate>): void {
  const candidate = disk.candidates.get(id);
  if (candidate === undefined) throw new Error("unknown cluster");
  disk.candidates.put(id, { ...candidate, ...fields, rev: candidate.rev + 1 });
}

function changeJob(
  { onRolloutStep }: RootWorld,
  disk: TierDisk,
  { job, patch }: { job: Job; patch: JobPatch },
): boolean {
  const stored = disk.jobs.get(job._id);
  const changed = stored && patched(stored, patch, job.rev);
  if (stored === undefined || changed === undefined) return false;
  onRolloutStep(stored, changed);
  disk.jobs.put(job._id, changed);
  return true;
}
