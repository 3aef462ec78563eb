import type {
  Candidate,
  ClusterReport,
  ClusterReportAnswer,
  Job,
  WantedAnswer,
} from "@oak/contracts";
import { JobSpec } from "@oak/contracts";
import { createCandidateTable, placeOnCluster } from "@oak/core";
import { createRootCore, DEFAULT_ROOT_SETTINGS, type RootCore } from "@oak/system-manager/core";
import type { Log } from "@oak/tier";
import { createProcessLife, type ProcessLife } from "./process-life.ts";
import { toPlaceRequest, toProposal } from "./proposal.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { createTierStore, type StoreFaults, type TierDisk } from "./tier-store.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface SimulationDeps {
  time: VirtualTime;
  random: SeededRandom;
  faults: StoreFaults;
  log: Log;
}

/** One life of the root: system-manager, its placer and its store. */
export interface RootProcess {
  life: ProcessLife;
  /** resolves once the stored state is read; requests before that are refused */
  isReady(): boolean;
  /** The front door: durable when it resolves. */
  addMember(jobId: string): Promise<number>;
  removeMember(jobId: string, instanceNumber: number): Promise<void>;
  deleteJob(jobId: string): Promise<void>;
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

export function startRoot(deps: SimulationDeps, disk: TierDisk, onCrash: () => void): RootProcess {
  const { time, random } = deps;
  const life = createProcessLife();
  const crash = (): void => {
    life.kill();
    onCrash();
  };
  const store = createTierStore({ ...deps, disk, life, crash });
  const table = (): ReturnType<typeof createCandidateTable> => {
    const made = createCandidateTable();
    for (const candidate of disk.candidates.values()) made.upsert(candidate);
    return made;
  };
  const core: RootCore = createRootCore({
    store: store.assignments,
    holds: store.holds,
    jobs: {
      get: (id) => disk.jobs.get(id),
      all: () => [...disk.jobs.values()],
      specOf: (job) => JobSpec.parse(job),
    },
    scheduler: {
      propose: (request) =>
        store.change(() => toProposal(request, placeOnCluster(table(), toPlaceRequest(request)))),
    },
    tier: {
      current: () => disk.identity,
      renew: () => store.change(() => undefined),
    },
    clock: { nowMs: time.nowMs, monotonicMs: time.nowMs },
    random: random.next,
    log: deps.log,
    settings: DEFAULT_ROOT_SETTINGS,
    listCandidates: async () => structuredClone([...disk.candidates.values()]),
    removeJob: (id) => store.change(() => void disk.jobs.delete(id)),
    learnS: 10,
  });
  let isReady = false;
  void life.guard(core.load()).then(() => {
    isReady = true;
  });
  const tick = life.when(() => {
    if (isReady) core.tick();
    time.after(200, tick);
  });
  tick();
  const sweep = life.when(() => {
    if (isReady) void core.sweepHolds();
    time.after(5000, sweep);
  });
  sweep();

  const changeJob = async <T>(jobId: string, apply: (job: Job) => [Job, T]): Promise<T> => {
    const result = await store.change(() => {
      const job = disk.jobs.get(jobId);
      if (job === undefined) throw new Error("no such service");
      const [next, value] = apply(job);
      disk.jobs.set(jobId, next);
      return value;
    });
    core.jobChanged(jobId);
    return result;
  };

  return {
    life,
    isReady: () => isReady && life.isAlive(),
    addMember: (jobId) =>
      changeJob(jobId, (job) => {
        const number = job.next_instance_progressive_number;
        const members = [...job.members, number];
        return [{ ...job, members, next_instance_progressive_number: number + 1 }, number];
      }),
    removeMember: (jobId, instanceNumber) =>
      changeJob(jobId, (job) => {
        const members = job.members.filter((n) => n !== instanceNumber);
        return [{ ...job, members }, undefined];
      }),
    deleteJob: (jobId) =>
      changeJob(jobId, (job) => [{ ...job, members: [], deleted: true }, undefined]),
    register: async (name) => {
      const cluster = await store.change(() => {
        const candidate = [...disk.candidates.values()].find((c) => c.candidate_name === name);
        if (candidate === undefined) throw new Error(`cluster ${name} has no document`);
        candidate.session += 1;
        return candidate;
      });
      const { _id: id, session, want_rev: wantRev } = cluster;
      const answer = core.clusterRegistered({ id, session, wantRev });
      return { id, token: name, session, ...answer };
    },
    wanted: async (clusterId, session, since, waitMs) => {
      const first = core.wanted(clusterId, session, since);
      if (first.full || first.changes.length > 0 || first.want_rev > since) return first;
      const abort = new AbortController();
      time.after(waitMs, () => abort.abort());
      await life.guard(core.wantedChanged(clusterId, abort.signal));
      return core.wanted(clusterId, session, since);
    },
    report: async (clusterId, report) => {
      await store.change(() => takeFigures(disk.candidates.get(clusterId), report));
      return life.guard(core.report(clusterId, report));
    },
  };
}

function takeFigures(candidate: Candidate | undefined, report: ClusterReport): void {
  if (candidate === undefined || report.session !== candidate.session) return;
  candidate.allocatable = report.allocatable;
  candidate.free_shapes = report.free_shapes;
  candidate.rev += 1;
}
