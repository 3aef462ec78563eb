import type {
  ClusterInstanceReport,
  ClusterReport,
  ClusterReportAnswer,
  Instance,
  NamedCopy,
  Observation,
} from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import { currentObservation, isNewerReport, judgeReport, pairOf } from "@oak/core";
import { isMember } from "../domain/is-member.ts";
import type { Evidence } from "../domain/plan-instance.ts";
import type { PlacerDeps } from "./reconcile-instance.ts";

export interface ReportDeps extends PlacerDeps {
  kick(key: string, evidence?: Evidence): void;
  /** the database turned out to be an older state than the clusters have seen */
  onParentIsOld(): Promise<void>;
  /** instances that a cluster runs and no service here wants, made by another database */
  orphans: Map<string, { cluster_id: string; job_name: string; epoch: number }>;
}

export interface ReportingCluster {
  id: string;
  session: number;
}

/**
 * Takes a cluster's report: stored before it is answered, since the answer is the acknowledgement.
 * @throws whatever the store throws; the cluster sends the same again
 */
export async function takeClusterReport(
  deps: ReportDeps,
  cluster: ReportingCluster,
  report: ClusterReport,
): Promise<Omit<ClusterReportAnswer, "send_full">> {
  if (isAhead(deps, cluster, report)) await deps.onParentIsOld();
  if (report.full) forgetOrphansOf(deps, cluster.id);
  if (report.full) tellAbsent(deps, cluster, report);
  const stop: NamedCopy[] = [];
  for (const job of report.jobs) {
    for (const item of job.instance_list) {
      const key = instanceKey(job._id, item.instance_number);
      const verdict = await takeItem(deps, cluster, report, { key, item });
      if (verdict === "stop") {
        stop.push({
          job_id: job._id,
          instance_number: item.instance_number,
          epoch: item.epoch,
          placement: 0,
        });
      } else if (verdict === "orphan") {
        deps.orphans.set(key, {
          cluster_id: cluster.id,
          job_name: job.job_name,
          epoch: item.epoch,
        });
      } else deps.orphans.delete(key);
    }
  }
  const { incarnation } = deps.tier.current();
  return {
    message: "ok",
    stop,
    want_rev: deps.ledger.settled(cluster.id),
    incarnation,
  };
}

/** A full report names all that still goes on. */
function forgetOrphansOf({ orphans }: ReportDeps, clusterId: string): void {
  for (const [key, orphan] of orphans) if (orphan.cluster_id === clusterId) orphans.delete(key);
}

/** What was given up there and is not named any more has ended. */
function tellAbsent(
  { book, kick }: ReportDeps,
  { id: child }: ReportingCluster,
  { jobs, want_rev }: ClusterReport,
): void {
  const named = new Set(
    jobs.flatMap(({ _id, instance_list }) =>
      instance_list.map(({ instance_number }) => instanceKey(_id, instance_number)),
    ),
  );
  for (const { _id: key, fenced } of book.of(child)) {
    const isFenced = fenced.some((fence) => fence.child === child);
    if (isFenced && !named.has(key)) kick(key, { kind: "absent", child, want_rev });
  }
}

/** The cluster has followed us further than we remember: an older state of the database was put back. */
function isAhead(deps: ReportDeps, cluster: ReportingCluster, report: ClusterReport): boolean {
  return (
    report.incarnation === deps.tier.current().incarnation &&
    report.want_rev > deps.ledger.counted(cluster.id)
  );
}

interface Item {
  key: string;
  item: ClusterInstanceReport;
}

async function takeItem(
  deps: ReportDeps,
  cluster: ReportingCluster,
  report: ClusterReport,
  { key, item }: Item,
): Promise<"taken" | "stop" | "orphan"> {
  const instance = deps.book.get(key);
  const copy = {
    from: cluster.id,
    epoch: item.epoch,
    placement: 0,
    incarnation: item.incarnation,
    want_rev: item.want_rev,
  };
  const verdict = judgeReport(instance, copy, {
    incarnation: deps.tier.current().incarnation,
    wantRev: deps.ledger.counted(cluster.id),
  });
  switch (verdict) {
    case "current":
      if (instance !== undefined) await observe(deps, instance, cluster, { item, report });
      return "taken";
    case "parent_is_old":
      if (instance === undefined) return item.released ? "taken" : "orphan";
      if (!item.released) deps.kick(key, { kind: "higher", child: cluster.id, epoch: item.epoch });
      return "taken";
    case "fenced":
      return takeFenced(deps, cluster, { instance, item });
    case "superseded":
    case "closed":
      return item.released ? "taken" : "stop";
    case "orphan":
      return item.released ? "taken" : "orphan";
    case "alien":
      deps.log.error({ cluster: cluster.id, instance: key }, "two clusters report one epoch");
      return "taken";
    default:
      return unreachable(verdict);
  }
}

/**
 * A copy whose cluster is back. While no replacement is assigned it is still the best one there is; after
 * that it ends (protocol rule 8).
 */
function takeFenced(
  deps: ReportDeps,
  { id: child }: ReportingCluster,
  { instance, item }: { instance: Instance | undefined; item: ClusterInstanceReport },
): "taken" | "stop" {
  const { epoch } = item;
  if (instance === undefined) return "taken";
  if (item.released) {
    deps.kick(instance._id, { kind: "ended", child, epoch });
    return "taken";
  }
  if (instance.phase !== "unplaced" || item.status !== "RUNNING") return "stop";
  if (!isMember(deps.jobs.get(instance.job_id), instance.instance_number)) return "stop";
  deps.kick(instance._id, { kind: "survivor", child, epoch });
  return "taken";
}

async function observe(
  deps: ReportDeps,
  instance: Instance,
  cluster: ReportingCluster,
  { item, report }: { item: ClusterInstanceReport; report: ClusterReport },
): Promise<void> {
  const { session, seq } = report;
  if (!isNewerReport(instance.seen, { ...pairOf(item), session, seq })) return;
  const {
    instance_number: _n,
    cluster_location: _l,
    incarnation: _i,
    want_rev: _w,
    ...facts
  } = item;
  const seen: Observation = { ...facts, session, seq, at: deps.clock.nowMs() / 1000 };
  const hadWorker = currentObservation(instance)?.worker_id !== undefined;
  const isTaken = await deps.book.observe(instance._id, seen);
  // Counted in the cluster's own figures from now on: the root's hold has done its work. A drop that fails
  // is not tried with every report; the sweep finds what is left over.
  const isCounted = isTaken && !hadWorker && item.worker_id !== undefined;
  if (isCounted && instance.phase === "assigned") {
    await deps.holds.drop(cluster.id, instance._id, pairOf(instance));
  }
  deps.kick(instance._id);
}

function unreachable(value: never): never {
  throw new Error(`unexpected verdict ${String(value)}`);
}
