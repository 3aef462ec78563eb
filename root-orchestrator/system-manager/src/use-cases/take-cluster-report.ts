import type {
  ClusterInstanceReport,
  ClusterJobReport,
  ClusterReport,
  ClusterReportAnswer,
  Fenced,
  Instance,
  InstanceKey,
  NamedCopy,
  Observation,
} from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import { currentObservation, isNewerReport, judgeReport, pairOf } from "@oak/core";
import { fp } from "@oak/kit";
import { forEachAtOnce } from "@oak/tier";
import { isMember } from "../domain/is-member.ts";
import type { Evidence } from "../domain/plan-instance.ts";
import type { PlacerDeps } from "./reconcile-instance.ts";

export interface ReportDeps extends PlacerDeps {
  kick(key: string, evidence?: Evidence): void;
  /** the database turned out to be an older state than the clusters have seen */
  onParentIsOld(): Promise<void>;
  /** instances that a cluster runs and no service here wants, made by another database; by cluster and instance */
  orphans: Map<string, RootOrphan>;
}

/** What a cluster runs and no service here wants. Two clusters may run the same one. */
export interface RootOrphan {
  cluster_id: string;
  key: InstanceKey;
  job_name: string;
  epoch: number;
}

export interface ReportingCluster {
  id: string;
  session: number;
}

export interface TakenReport {
  answer: Omit<ClusterReportAnswer, "send_full">;
  /** Those that a worker was shown for the first time: the cluster counts them in its own figures now. */
  counted: readonly Instance[];
}

/** Observations of one moment share a request to the store, which takes as many. */
const ITEMS_AT_ONCE = 1000;

/**
 * Takes a cluster's report: stored before it is answered, since the answer is the acknowledgement.
 * @throws whatever the store throws; the cluster sends the same again
 */
export async function takeClusterReport(
  deps: ReportDeps,
  cluster: ReportingCluster,
  report: ClusterReport,
): Promise<TakenReport> {
  if (isAhead(deps, cluster, report)) await deps.onParentIsOld();
  if (report.full) forgetOrphansOf(deps, cluster.id);
  if (report.full) tellAbsent(deps, cluster, report);
  const stop: NamedCopy[] = [];
  const counted: Instance[] = [];
  await forEachAtOnce(itemsOf(report), ITEMS_AT_ONCE, async ({ key, item, job }) => {
    const verdict = await takeItem(deps, cluster, { key, item, job, report, counted });
    const orphanId = `${cluster.id} ${key}`;
    if (verdict === "stop") stop.push(namedCopy(job._id, item));
    if (verdict === "orphan") {
      if (isUnknownNumber(deps, job._id, item)) await deps.onParentIsOld();
      const { job_name } = job;
      deps.orphans.set(orphanId, { cluster_id: cluster.id, key, job_name, epoch: item.epoch });
    } else deps.orphans.delete(orphanId);
  });
  const { incarnation } = deps.tier.current();
  const want_rev = deps.ledger.settled(cluster.id);
  return { answer: { message: "ok", stop, want_rev, incarnation }, counted };
}

function itemsOf({ jobs }: ClusterReport) {
  return jobs.flatMap((job) =>
    job.instance_list.map((item) => ({
      key: instanceKey(job._id, item.instance_number),
      item,
      job,
    })),
  );
}

function namedCopy(job_id: string, { instance_number, epoch }: ClusterInstanceReport): NamedCopy {
  return { job_id, instance_number, epoch, placement: 0 };
}

/** A full report names all that still goes on. */
function forgetOrphansOf({ orphans }: ReportDeps, clusterId: string): void {
  for (const [id, orphan] of orphans) if (orphan.cluster_id === clusterId) orphans.delete(id);
}

/** What we believe to be there, or gave up there, and is not named any more. */
function tellAbsent(
  deps: ReportDeps,
  { id: child }: ReportingCluster,
  report: ClusterReport,
): void {
  const { book, kick, tier } = deps;
  const { jobs, want_rev, incarnation } = report;
  // Its count of wishes is another database's.
  if (incarnation !== tier.current().incarnation) return;
  const named = new Set(
    jobs.flatMap(({ _id, instance_list }) =>
      instance_list.map(({ instance_number }) => instanceKey(_id, instance_number)),
    ),
  );
  const fences_up_to = followed(deps, report);
  for (const { _id: key } of book.of(child)) {
    if (!named.has(key)) kick(key, { kind: "absent", child, want_rev, fences_up_to });
  }
}

/** What was counted before a renewal is refused by now, followed or not. */
const followed = ({ tier }: Pick<ReportDeps, "tier">, { want_rev }: ClusterReport): number =>
  Math.max(want_rev, tier.current().base);

/**
 * Whether a full report has told everything: one from before the cluster knew that a copy was given up says
 * nothing about that copy, and another one is needed.
 */
export function isWholeAccount(
  deps: Pick<ReportDeps, "book" | "tier">,
  { id }: ReportingCluster,
  report: ClusterReport,
): boolean {
  const upTo = followed(deps, report);
  const isOpen = ({ child, want_rev: since }: Fenced): boolean => child === id && since > upTo;
  return report.full && !deps.book.of(id).some(({ fenced }) => fenced.some(isOpen));
}

/** The cluster has followed us further than we remember: an older state of the database was put back. */
function isAhead(deps: ReportDeps, cluster: ReportingCluster, report: ClusterReport): boolean {
  return (
    report.incarnation === deps.tier.current().incarnation &&
    report.want_rev > deps.ledger.counted(cluster.id)
  );
}

/**
 * Services have unique ids: a number of one of ours that we have not given was given by a later state of this
 * database. It is lifted before the front door gives the number again.
 */
function isUnknownNumber(
  { jobs, tier }: ReportDeps,
  jobId: string,
  { instance_number }: ClusterInstanceReport,
): boolean {
  const next = jobs.get(jobId)?.next_instance_progressive_number;
  return next !== undefined && instance_number >= Math.max(next, tier.current().base);
}

interface Item {
  key: string;
  job: ClusterJobReport;
  item: ClusterInstanceReport;
  report: ClusterReport;
  /** takes what a worker is shown for the first time */
  counted: Instance[];
}

async function takeItem(
  deps: ReportDeps,
  cluster: ReportingCluster,
  taken: Item,
): Promise<"taken" | "stop" | "orphan"> {
  const { key, item, job, report } = taken;
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
      if (instance !== undefined) await observe(deps, instance, taken);
      return "taken";
    case "moving":
      // Moves inside a cluster are none of ours.
      return "taken";
    case "parent_is_old":
      return takeLater(deps, cluster, { instance, key, item });
    case "fenced":
      return takeFenced(deps, cluster, { instance, item, report });
    case "superseded":
      // It has not heard of its higher epoch yet: under that the same copy goes on, or is released.
      return item.released || instance?.child === cluster.id ? "taken" : "stop";
    case "closed":
      return takeClosed(deps, { item, job });
    case "orphan":
      return item.released ? "taken" : "orphan";
    case "alien":
      return takeTwin(deps, cluster, { key, item });
    default:
      return unreachable(verdict);
  }
}

/**
 * A copy that is over by our count of wishes. A number that we have not given is of a later state of this
 * database, whose count ours has reached by chance: it goes on, listed. A service that we do not know is taken
 * for one that was deleted, and that an older database of the cluster has brought back.
 */
function takeClosed(
  deps: ReportDeps,
  { item, job }: Pick<Item, "item" | "job">,
): "taken" | "stop" | "orphan" {
  if (item.released) return "taken";
  return isUnknownNumber(deps, job._id, item) ? "orphan" : "stop";
}

/**
 * The present epoch, from another cluster than the one that we gave it to: no database gives a number twice,
 * unless it has forgotten the first time. The copy that runs is the one to keep.
 */
async function takeTwin(
  deps: ReportDeps,
  { id: child }: ReportingCluster,
  { key, item }: Pick<Item, "key" | "item">,
): Promise<"taken" | "stop"> {
  if (item.released) return "taken";
  const { epoch } = item;
  deps.log.error({ cluster: child, instance: key }, "two clusters report one epoch");
  if (epoch > deps.tier.current().base) await deps.onParentIsOld();
  if (item.status !== "RUNNING") return "stop";
  deps.kick(key, { kind: "twin", child, epoch });
  return "taken";
}

/** An epoch that we do not remember to have given. */
async function takeLater(
  deps: ReportDeps,
  { id: child }: ReportingCluster,
  { instance, key, item }: Pick<Item, "key" | "item"> & { instance: Instance | undefined },
): Promise<"taken" | "orphan"> {
  // Under our own name, whatever has become of it since: what was given once must not be given again.
  if (item.incarnation === deps.tier.current().incarnation) await deps.onParentIsOld();
  if (item.released) return "taken";
  if (instance === undefined) return "orphan";
  deps.kick(key, { kind: "higher", child, epoch: item.epoch });
  return "taken";
}

/**
 * A copy whose cluster is back. While no replacement is assigned it is still the best one there is; after
 * that it ends (protocol rule 8).
 */
function takeFenced(
  deps: ReportDeps,
  cluster: ReportingCluster,
  { instance, item, report }: Pick<Item, "item" | "report"> & { instance: Instance | undefined },
): "taken" | "stop" {
  const { id: child } = cluster;
  const { epoch } = item;
  if (instance === undefined) return "taken";
  if (item.released) {
    deps.kick(instance._id, {
      kind: "ended",
      child,
      epoch: endedUpTo(deps, cluster, instance, { item, report }),
    });
    return "taken";
  }
  if (instance.phase !== "unplaced" || item.status !== "RUNNING") return "stop";
  if (!isMember(deps.jobs.get(instance.job_id), instance.instance_number)) return "stop";
  deps.kick(instance._id, { kind: "survivor", child, epoch });
  return "taken";
}

/**
 * The highest epoch of which nothing is left there. What a cluster has passed by in our list of wishes, and has nothing of
 * but an older copy that is gone, it has never taken up.
 */
function endedUpTo(
  deps: ReportDeps,
  { id: child }: ReportingCluster,
  { fenced }: Instance,
  { item, report }: Pick<Item, "item" | "report">,
): number {
  if (report.incarnation !== deps.tier.current().incarnation) return item.epoch;
  const upTo = followed(deps, report);
  const passed = fenced.filter((fence) => fence.child === child && fence.want_rev <= upTo);
  return Math.max(item.epoch, ...passed.map(({ epoch }) => epoch));
}

async function observe(
  deps: ReportDeps,
  instance: Instance,
  { item, report, counted }: Item,
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
  fp("root.observed", `${instance._id} ${seen.status}`);
  const isCounted = isTaken && !hadWorker && item.worker_id !== undefined;
  if (isCounted && instance.phase === "assigned") counted.push(instance);
  deps.kick(instance._id);
}

function unreachable(value: never): never {
  throw new Error(`unexpected verdict ${String(value)}`);
}
