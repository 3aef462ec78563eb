import type { Candidate, ClusterReport, Liveness } from "@oak/contracts";
import { judgeSilence } from "@oak/core";
import type { Log } from "@oak/tier";
import type { ClusterCandidates } from "../ports/cluster-candidates.ts";

export interface ClusterWatchDeps {
  candidates: Pick<ClusterCandidates, "list" | "patch">;
  monotonicMs(): number;
  timeoutMs: number;
  /** how often `check` is called, milliseconds */
  everyMs: number;
  log: Log;
  /** called once for each silence, unless the watch itself was deaf (protocol rule 9) */
  onLost(clusterId: string): void;
  /** a cluster came back, or has more room than it had */
  onRoom(): void;
  /** nothing new is placed there from now on */
  onSilent?(clusterId: string): void;
  /** it is heard of again without having registered anew */
  onBack?(clusterId: string): void;
}

/** Who was heard of when, and the figures of each cluster. */
export interface ClusterWatch {
  /** Reads who was alive before this start: they get the whole timeout to show up. */
  load(): Promise<void>;
  registered(clusterId: string): void;
  /** Stores new figures. What the report lets go of must wait for it: a hold and the room it took never miss both. */
  heard(clusterId: string, report: ClusterReport): Promise<void>;
  removed(clusterId: string): void;
  isHeard(clusterId: string): boolean;
  /** Marks clusters that fell silent: nothing new is placed there. What runs there may go on or be replaced. */
  check(): Promise<void>;
}

interface Known {
  heardAtMs: number;
  liveness: Liveness;
  /** `onLost` was called for this silence */
  isGivenUp: boolean;
  /** what decided placement in the figures that were last stored, and when that was */
  stored: string;
  storedAtMs: number;
  room: number;
}

/** After a start of the root, time for all clusters to come back. */
const RECONNECT_SPREAD_MS = 10_000;

const DEAF_AFTER_MS = 1_000;

/** Figures that differ in load alone are stored this often: load only ranks those in which something fits. */
const REFRESH_MS = 15_000;

export function createClusterWatch(deps: ClusterWatchDeps): ClusterWatch {
  const clusters = new Map<string, Known>();
  const known = (id: string): Known => {
    const found = clusters.get(id);
    if (found !== undefined) return found;
    const heardAtMs = deps.monotonicMs();
    const made: Known = {
      heardAtMs,
      liveness: "alive",
      isGivenUp: false,
      stored: "",
      storedAtMs: 0,
      room: 0,
    };
    clusters.set(id, made);
    return made;
  };
  let listeningSinceMs = deps.monotonicMs();
  let checkedAtMs = listeningSinceMs;
  /** Whom to give up now: judged with all brakes, since it costs more than not placing there. */
  const judge = (): readonly string[] => {
    const nowMs = deps.monotonicMs();
    const loopLateMs = nowMs - checkedAtMs - deps.everyMs;
    checkedAtMs = nowMs;
    // While this process slept it heard nobody: as after a start, everybody gets the time to show up.
    if (loopLateMs > DEAF_AFTER_MS) listeningSinceMs = nowMs;
    const verdict = judgeSilence({
      nowMs,
      timeoutMs: deps.timeoutMs,
      reconnectSpreadMs: RECONNECT_SPREAD_MS,
      startedAtMs: listeningSinceMs,
      linkUpSinceMs: listeningSinceMs,
      loopLateMs,
      children: [...clusters]
        .filter(([, cluster]) => !cluster.isGivenUp)
        .map(([id, { heardAtMs }]) => ({ id, heardAtMs })),
    });
    return "lost" in verdict ? verdict.lost : [];
  };
  return {
    load: async () => {
      for (const { _id, liveness } of await deps.candidates.list()) known(_id).liveness = liveness;
    },
    registered: (id) => {
      const heardAtMs = deps.monotonicMs();
      Object.assign(known(id), { heardAtMs, liveness: "alive", isGivenUp: false });
    },
    heard: async (id, report) => {
      const cluster = known(id);
      const nowMs = deps.monotonicMs();
      Object.assign(cluster, { heardAtMs: nowMs, isGivenUp: false });
      const capacity = capacityOf(report);
      const isFresh = nowMs - cluster.storedAtMs < REFRESH_MS;
      if (cluster.liveness === "alive" && capacity === cluster.stored && isFresh) return;
      await deps.candidates.patch(id, { ...figuresOf(report), liveness: "alive" });
      if (cluster.liveness !== "alive") deps.onBack?.(id);
      const room = roomOf(report);
      const hasGrown = cluster.liveness !== "alive" || room > cluster.room;
      Object.assign(cluster, { liveness: "alive", stored: capacity, storedAtMs: nowMs, room });
      if (hasGrown) deps.onRoom();
    },
    removed: (id) => {
      clusters.delete(id);
    },
    isHeard: (id) => {
      const cluster = clusters.get(id);
      return cluster !== undefined && deps.monotonicMs() - cluster.heardAtMs < deps.timeoutMs;
    },
    check: async () => {
      for (const [id, cluster] of clusters) {
        if (cluster.liveness !== "alive") continue;
        if (deps.monotonicMs() - cluster.heardAtMs < deps.timeoutMs) continue;
        await deps.candidates.patch(id, { liveness: "lost" });
        cluster.liveness = "lost";
        deps.log.warn({ cluster: id }, "cluster lost");
        deps.onSilent?.(id);
      }
      for (const id of judge()) {
        known(id).isGivenUp = true;
        deps.onLost(id);
      }
    },
  };
}

/** Everything in a report that describes the cluster as a place. */
function figuresOf(report: ClusterReport): Partial<Candidate> {
  const {
    session: _session,
    seq: _seq,
    incarnation: _incarnation,
    want_rev: _wantRev,
    full: _full,
    jobs: _jobs,
    told: _told,
    ...figures
  } = report;
  return figures;
}

/** Free disk moves with every log line; less than this is no news. */
const STORAGE_STEP_MB = 256;

/** What decides whether something fits, as a text to compare. */
function capacityOf(report: ClusterReport): string {
  const { allocatable, free_shapes, active_nodes, virtualization, architecture } = report;
  const { csi_drivers, supported_addons, vgpus } = report;
  return JSON.stringify([
    { ...allocatable, storage: Math.floor(allocatable.storage / STORAGE_STEP_MB) },
    [free_shapes, active_nodes, virtualization, architecture],
    [csi_drivers, supported_addons, vgpus],
  ]);
}

/** A single figure that grows when something more may fit; which resource it was does not matter here. */
function roomOf({ free_shapes }: ClusterReport): number {
  return free_shapes.reduce(
    (sum, { vcpus, memory, vgpus, count }) => sum + count * (1 + vcpus + memory + vgpus),
    0,
  );
}
