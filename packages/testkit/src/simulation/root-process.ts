import type {
  Candidate,
  ClusterReport,
  ClusterReportAnswer,
  Job,
  JobSpec,
  WantedAnswer,
} from "@oak/contracts";
import { toJobSpec } from "@oak/contracts";
import { placeOnCluster } from "@oak/core";
import {
  type ClusterWatch,
  createClusterWatch,
  createRootCore,
  DEFAULT_ROOT_SETTINGS,
  type RootCore,
} from "@oak/system-manager/core";
import { createProcessLife, type ProcessLife } from "./process-life.ts";
import { toPlaceRequest, toProposal } from "./proposal.ts";
import type { SimulationDeps } from "./simulation-deps.ts";
import { renewalOf, type TierDisk } from "./tier-disk.ts";
import { createTierStore, type TierStore } from "./tier-store.ts";

/** One life of the root: system-manager, its placer and its store. */
export interface RootProcess {
  life: ProcessLife;
  core: RootCore;
  /** Whether the stored state is read; requests before that are refused. */
  isReady(): boolean;
  frontDoor: FrontDoor;
  register(name: string): Promise<{
    id: string;
    token: string;
    session: number;
    incarnation: string;
    want_rev: number;
  }>;
  wanted(clusterId: string, session: number, since: number, waitMs: number): Promise<WantedAnswer>;
  report(clusterId: string, report: ClusterReport): Promise<ClusterReportAnswer>;
}

/** The user's requests; each is durable when it resolves. */
export interface FrontDoor {
  addJob(job: Job): Promise<void>;
  addMember(jobId: string): Promise<number>;
  removeMember(jobId: string, instanceNumber: number): Promise<void>;
  deleteJob(jobId: string): Promise<void>;
}

const specs = new WeakMap<Job, JobSpec>();

/** Silence after which a cluster gets nothing new. */
const CLUSTER_TIMEOUT_MS = 6000;

export function startRoot(deps: SimulationDeps, disk: TierDisk, onCrash: () => void): RootProcess {
  const { time, random } = deps;
  const life = createProcessLife(time);
  const crash = (): void => {
    life.kill();
    onCrash();
  };
  const store = createTierStore({ ...deps, disk, life, crash });
  const jobs = new Map<string, Job>([...disk.jobs.values()].map((job) => [job._id, job]));
  const core = createRootCore({
    store: store.assignments,
    holds: store.holds,
    jobs: { get: (id) => jobs.get(id), all: () => jobs.values(), specOf },
    scheduler: {
      propose: (request) =>
        store.change(() =>
          toProposal(request, placeOnCluster(disk.table, toPlaceRequest(request))),
        ),
    },
    tier: { current: disk.identity, renew: () => store.change(renewalOf(disk)) },
    clock: { nowMs: time.nowMs, monotonicMs: time.nowMs },
    random: random.next,
    log: deps.log,
    settings: DEFAULT_ROOT_SETTINGS,
    listCandidates: async () => [...disk.candidates.values()],
    removeJob: (id) => store.change(() => disk.jobs.remove(id)),
    learnS: 10,
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
    frontDoor: createFrontDoor(disk, store),
    ...createClusterApi(deps, { disk, store, core, life, watch }),
  };
}

function specOf(job: Job): JobSpec {
  const known = specs.get(job);
  if (known !== undefined) return known;
  const spec = toJobSpec(job);
  specs.set(job, spec);
  return spec;
}

function createFrontDoor(disk: TierDisk, store: TierStore): FrontDoor {
  const edit = <T>(jobId: string, apply: (job: Job) => [Partial<Job>, T]): Promise<T> =>
    store.change(() => {
      const job = disk.jobs.get(jobId);
      if (job === undefined || job.deleted) throw new Error("no such service");
      const [changes, value] = apply(job);
      disk.jobs.put(jobId, { ...job, ...changes, rev: job.rev + 1 });
      return value;
    });
  return {
    addJob: (job) => store.change(() => disk.jobs.put(job._id, job)),
    addMember: (jobId) =>
      edit(jobId, ({ members, next_instance_progressive_number: number }) => [
        { members: [...members, number], next_instance_progressive_number: number + 1 },
        number,
      ]),
    removeMember: (jobId, instanceNumber) =>
      edit(jobId, ({ members }) => [
        { members: members.filter((n) => n !== instanceNumber) },
        undefined,
      ]),
    deleteJob: (jobId) => edit(jobId, () => [{ members: [], deleted: true }, undefined]),
  };
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
): Pick<RootProcess, "register" | "wanted" | "report"> {
  return {
    register: async (name) => {
      const { _id: id, ...cluster } = await store.change(() => {
        const found = [...disk.candidates.values()].find((c) => c.candidate_name === name);
        if (found === undefined) throw new Error(`cluster ${name} has no document`);
        const next = { ...found, session: found.session + 1, liveness: "alive" as const };
        disk.candidates.put(found._id, next);
        return next;
      });
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
  };
}

function patchCandidate(disk: TierDisk, id: string, fields: Partial<Candidate>): void {
  const candidate = disk.candidates.get(id);
  if (candidate === undefined) throw new Error("unknown cluster");
  disk.candidates.put(id, { ...candidate, ...fields, rev: candidate.rev + 1 });
}
