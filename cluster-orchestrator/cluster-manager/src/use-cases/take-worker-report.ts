import type {
  HeldCopy,
  Instance,
  InventoryReport,
  JobReport,
  Observation,
  Pair,
} from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import {
  comparePairs,
  fenceOf,
  isNewerReport,
  isOfMove,
  judgeReport,
  pairOf,
  type ReportVerdict,
} from "@oak/core";
import { fp } from "@oak/kit";
import type { Evidence } from "../domain/evidence.ts";
import { isNamed, mustOldCopyEnd } from "../domain/old-copies.ts";
import type { AssignmentDeps, Worker } from "../ports.ts";
import { type StopCopyDeps, stopCopy } from "./stop-copy.ts";
import { dropOrphan, type Orphan, type OrphanDeps, takeOrphan } from "./take-orphan.ts";

export interface IntakeDeps extends AssignmentDeps, OrphanDeps, StopCopyDeps {
  kick(key: string, evidence?: Evidence): void;
  /** the database turned out to be an older state than the workers have seen */
  onParentIsOld(): void;
}

/** One copy with the numbers under which it was reported. */
type Reported = Omit<HeldCopy, "incarnation" | "want_rev" | "spec_rev" | "job_name" | "wanted"> &
  Partial<Pick<HeldCopy, "incarnation" | "want_rev" | "wanted">> & { session: number; seq: number };

/** Takes a status of one instance from the worker that owns the topic (protocol rule 3). */
export async function takeJobReport(
  deps: IntakeDeps,
  worker: Worker,
  report: JobReport,
): Promise<void> {
  const { job_id, epoch, placement, session = worker.session, seq } = report;
  if (job_id === undefined || epoch === undefined || placement === undefined || seq === undefined) {
    return;
  }
  // It does not say which database the copy is from: whether it may go on is for an inventory to tell.
  if (deps.book.get(instanceKey(job_id, report.instance)) === undefined) return;
  await takeCopy(deps, worker, {
    ...report,
    job_id,
    instance_number: report.instance,
    epoch,
    placement,
    session,
    seq,
  });
}

/**
 * Takes a full inventory: each copy as a report, and the absence of all others as a fact.
 */
export async function takeInventory(
  deps: IntakeDeps,
  worker: Worker,
  report: InventoryReport,
): Promise<void> {
  const held = new Set<string>();
  for (const orphan of [...deps.orphans.values()]) {
    if (orphan.worker_id !== worker.id || isHeld(report, orphan)) continue;
    await dropOrphan(deps, worker.id, instanceKey(orphan.job_id, orphan.instance_number));
  }
  for (const copy of report.held) {
    const key = instanceKey(copy.job_id, copy.instance_number);
    // One that is deleted but still stopping is there.
    if (copy.status !== "UNDEPLOYED") held.add(key);
    await takeCopy(deps, worker, { ...copy, session: report.session, seq: report.seq });
  }
  const inDoubt = deps.isLearning();
  const absent = { kind: "absent", child: worker.id, want_rev: report.want_rev, inDoubt } as const;
  for (const { _id: key } of deps.book.of(worker.id)) if (!held.has(key)) deps.kick(key, absent);
}

function isHeld(report: InventoryReport, orphan: Orphan): boolean {
  const { job_id, instance_number } = orphan;
  return report.held.some((c) => c.job_id === job_id && c.instance_number === instance_number);
}

async function takeCopy(deps: IntakeDeps, worker: Worker, copy: Reported): Promise<void> {
  const key = instanceKey(copy.job_id, copy.instance_number);
  const instance = deps.book.get(key);
  const verdict = judgeReport(
    instance,
    { ...copy, from: worker.id },
    { incarnation: deps.tier.current().incarnation, wantRev: deps.ledger.counted(worker.id) },
  );
  if (verdict === "orphan") return takeOrphan(deps, worker, asHeld(copy));
  if (verdict === "parent_is_old" && instance !== undefined && isDeletedAbove(instance, copy)) {
    return endUnknown(deps, worker, copy);
  }
  if (verdict === "alien") await takeUnknownRoom(deps, worker, copy);
  else deps.orphans.delete(`${worker.id} ${key}`);
  if (verdict === "current" && instance !== undefined) return observe(deps, instance, copy);
  // From the moment on in which it runs the second copy is the one whose words are stored.
  const isInUse =
    copy.status === "RUNNING" || (instance?.seen && isOfMove(instance, instance.seen));
  if (verdict === "moving" && instance !== undefined && isInUse) {
    return observe(deps, instance, copy);
  }
  act(deps, worker, copy, { verdict, instance });
}

async function observe(deps: IntakeDeps, instance: Instance, copy: Reported): Promise<void> {
  const { seen } = instance;
  if (!isNewerReport(seen, copy)) {
    // The last word stored is of a move that was given up; the end of the copy that goes on counts all the same.
    const isEnd = copy.status === "UNDEPLOYED" && seen !== null && comparePairs(seen, copy) > 0;
    if (isEnd) deps.kick(instance._id, endOf(instance, copy));
    return;
  }
  // UNDEPLOYED is the last word under a pair: whatever was sent before it and comes after it is late.
  if (seen?.released === true && comparePairs(seen, copy) === 0) return;
  await deps.book.observe(instance._id, observationOf(deps, copy));
  fp("cluster.observed", `${instance._id} ${copy.status}`);
  deps.kick(instance._id);
}

function endOf({ child }: Instance, copy: Reported): Evidence {
  return { kind: "released", child: child ?? "", ...pairOf(copy) };
}

function observationOf(deps: IntakeDeps, copy: Reported): Observation {
  const isReleased = copy.status === "UNDEPLOYED";
  return {
    status: copy.status,
    status_detail: copy.status_detail,
    ...(copy.reason === undefined ? {} : { reason: copy.reason }),
    ...(copy.publicip === undefined ? {} : { publicip: copy.publicip, host_ip: copy.publicip }),
    ...(copy.published_ports === undefined ? {} : { published_ports: copy.published_ports }),
    ...(copy.restarts === undefined ? {} : { restarts: copy.restarts }),
    ...(copy.logs === undefined ? {} : { logs: copy.logs }),
    session: copy.session,
    seq: copy.seq,
    ...pairOf(copy),
    at: deps.clock.nowMs() / 1000,
    released: isReleased,
  };
}

/** What a copy that is not the assigned one calls for. */
function act(
  deps: IntakeDeps,
  worker: Worker,
  copy: Reported,
  {
    verdict,
    instance,
  }: { verdict: Exclude<ReportVerdict, "orphan">; instance: Instance | undefined },
): void {
  const key = instanceKey(copy.job_id, copy.instance_number);
  const isGone = copy.status === "UNDEPLOYED";
  const facts = { child: worker.id, ...pairOf(copy) };
  if (isGone) {
    deps.kick(key, { kind: "released", ...facts });
    return;
  }
  switch (verdict) {
    case "fenced":
      if (instance !== undefined) takeSurvivor(deps, worker, copy, instance);
      return;
    case "moving":
      deps.kick(key, { kind: "moving", ...facts, status: copy.status, detail: copy.status_detail });
      return;
    case "superseded":
      // It has not heard of its newer pair yet: under that the same copy goes on, or is released.
      if (instance?.child !== worker.id) stopCopy(deps, worker.id, copy);
      return;
    case "closed":
      stopCopy(deps, worker.id, copy);
      return;
    case "parent_is_old":
      // Under our own name, but beyond what we remember: an older state of this database was put back.
      if (copy.incarnation === deps.tier.current().incarnation) deps.onParentIsOld();
      deps.kick(key, { kind: "higher", ...facts });
      return;
    case "alien":
      // No database gives a pair twice, unless it has forgotten the first time. One renewal answers that:
      // what was given before it stays below its base.
      deps.log.error({ worker: worker.id, instance: key }, "two workers report one placement");
      if (copy.placement > deps.tier.current().base) deps.onParentIsOld();
      deps.kick(key, { kind: "higher", ...facts });
      return;
    case "current":
      return;
    default:
      unreachable(verdict);
  }
}

/** It is told to end, and takes its room until it has. Not wanted, so that it is asked for again while it is there. */
async function endUnknown(deps: IntakeDeps, worker: Worker, copy: Reported): Promise<void> {
  await takeUnknownRoom(deps, worker, copy);
  if (copy.status !== "UNDEPLOYED") stopCopy(deps, worker.id, copy);
}

/** Whatever becomes of a copy that is not known here: until it is known, or gone, it is listed with the room that it takes. */
async function takeUnknownRoom(deps: IntakeDeps, worker: Worker, copy: Reported): Promise<void> {
  // Only inventories say what it takes.
  if (copy.status !== "UNDEPLOYED" && copy.need === undefined) return;
  await takeOrphan(deps, worker, { ...asHeld(copy), wanted: false });
}

/**
 * The root has named this copy as deleted, and it was not known here that there is one: this database is newer, or
 * older, than the copy.
 */
function isDeletedAbove({ phase, intent }: Instance, { epoch }: Pair): boolean {
  return phase === "closed" && intent?.wanted === false && epoch <= intent.epoch;
}

/**
 * A copy whose worker is back. Once a replacement is assigned the old copy ends; before that the plan adopts
 * it. One that does not run is not worth that, and may keep the very room that the replacement waits for.
 */
function takeSurvivor(deps: IntakeDeps, worker: Worker, copy: Reported, instance: Instance): void {
  const isHealthy = copy.status === "RUNNING" || copy.status === "COMPLETED";
  deps.kick(instance._id, { kind: "survivor", isHealthy, child: worker.id, ...pairOf(copy) });
  // Under the pair of the fence, which may be above its own: its end confirms that very fence.
  const known = fenceOf(instance, { ...copy, from: worker.id });
  // What comes late from before it was left says nothing about its connections.
  const isSpared = known !== undefined && (isHealthy || !isNamed(known));
  if (isSpared && !mustOldCopyEnd(instance, known)) return;
  const fence = known ?? copy;
  stopCopy(deps, worker.id, { ...copy, ...pairOf(fence) });
}

function asHeld(copy: Reported): HeldCopy {
  return {
    incarnation: "",
    want_rev: 0,
    wanted: true,
    ...copy,
    spec_rev: 0,
    job_name: "",
  };
}

function unreachable(value: never): never {
  throw new Error(`unexpected verdict ${String(value)}`);
}
