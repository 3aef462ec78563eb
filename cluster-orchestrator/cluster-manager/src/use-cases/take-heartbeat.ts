import { type Fenced, type InformationReport, type Instance, instanceKey } from "@oak/contracts";
import { currentObservation, digestOf, pairOf } from "@oak/core";
import type { Evidence } from "../domain/evidence.ts";
import { isNamed } from "../domain/old-copies.ts";
import { openMove } from "../domain/plan-move.ts";
import type { AssignmentDeps, Worker } from "../ports.ts";
import { namedCopy } from "./commands.ts";
import { syncWorker } from "./sync-worker.ts";
import type { Orphan } from "./take-orphan.ts";
import type { Roster } from "./worker-roster.ts";

export interface HeartbeatDeps extends AssignmentDeps {
  roster: Roster;
  /** the last digest of each worker that differed, and when its last sync went out */
  repairs: Map<string, { digest: string; syncedAtMs: number }>;
  /** copies that go on although nobody here wants them */
  orphans: ReadonlyMap<string, Orphan>;
  onReturn(workerId: string): void;
  kick(key: string, evidence: Evidence): void;
}

/** The least time between two syncs of one worker that goes on to differ. */
const SYNC_PAUSE_MS = 2000;

/**
 * Takes a heartbeat: the worker lives, and its numbers tell whether both sides agree. A difference that is
 * seen twice is repaired by a sync, whose answer is an inventory (a single one may just be in flight).
 */
export async function takeHeartbeat(
  deps: HeartbeatDeps,
  worker: Worker,
  report: InformationReport,
): Promise<void> {
  if (worker.isLegacy) return heard(deps, worker);
  if (report.session !== worker.session) {
    deps.link.registerAgain(worker.id);
    return;
  }
  await heard(deps, worker);
  answerForExclusive(deps, worker, report);
  noteIdle(deps, worker, report);
  if (report.want_rev === undefined || report.digest === undefined) return;
  const isBehind = report.want_rev < deps.ledger.settled(worker.id) || hasFence(deps, worker.id);
  const expected = expectedDigest(deps, worker.id);
  if (worker.hasReported && !isBehind && report.digest === expected) {
    deps.repairs.delete(worker.id);
    return;
  }
  const signature = `${report.want_rev} ${report.digest} ${expected}`;
  const last = deps.repairs.get(worker.id);
  const nowMs = deps.clock.monotonicMs();
  if (last === undefined && deps.isLearning()) {
    // The first word of a session; its own account of what it holds is on the way.
    deps.repairs.set(worker.id, { digest: signature, syncedAtMs: nowMs });
    return;
  }
  const isDue = nowMs - (last?.syncedAtMs ?? -SYNC_PAUSE_MS) >= SYNC_PAUSE_MS;
  if (isDue && (!worker.hasReported || last?.digest === signature)) {
    deps.repairs.set(worker.id, { digest: signature, syncedAtMs: nowMs });
    repair(deps, worker);
    return;
  }
  deps.repairs.set(worker.id, {
    digest: signature,
    syncedAtMs: last?.syncedAtMs ?? nowMs - SYNC_PAUSE_MS,
  });
}

/**
 * Names the copies that may go on although nobody else may run one (protocol rule 7). An old database may
 * remember one that has gone elsewhere since: while that is found out nothing is promised.
 */
function answerForExclusive(deps: HeartbeatDeps, worker: Worker, { seq }: InformationReport): void {
  if (seq === undefined || deps.isLearning()) return;
  const copies = deps.book
    .of(worker.id)
    .filter(
      ({ child, job_id, spec_rev }) =>
        child === worker.id && deps.specs.policyOf(job_id, spec_rev) === "exclusive",
    )
    .map((instance) => namedCopy(instance));
  if (copies.length > 0) deps.link.heard(worker.id, { session: worker.session, seq, copies });
}

/** Told again with each heartbeat: what is missed is heard a little later. */
function noteIdle(deps: HeartbeatDeps, worker: Worker, { idle = [] }: InformationReport): void {
  for (const { job_id, instance_number, ...pair } of idle) {
    const key = instanceKey(job_id, instance_number);
    const isLeft = deps.book
      .get(key)
      ?.fenced.some((copy) => copy.child === worker.id && !isNamed(copy));
    if (isLeft) deps.kick(key, { kind: "idle", child: worker.id, ...pairOf(pair) });
  }
}

/** An older copy was given up here, and the worker, which lives, has not told what became of it. */
function hasFence({ book }: HeartbeatDeps, workerId: string): boolean {
  const isOpen = (copy: Fenced): boolean => copy.child === workerId && isNamed(copy);
  return book.of(workerId).some(({ fenced }) => fenced.some(isOpen));
}

/** While the wishes themselves are in doubt only the worker's own account is asked for. */
function repair(deps: HeartbeatDeps, worker: Worker): void {
  if (!deps.isLearning()) syncWorker(deps, worker);
  else if (!worker.hasReported) deps.link.registerAgain(worker.id);
}

async function heard(deps: HeartbeatDeps, worker: Worker): Promise<void> {
  deps.roster.heard(worker.id);
  if (worker.liveness === "alive" || worker.liveness === "left") {
    return deps.roster.confirmLiveness(worker.id);
  }
  await deps.roster.setLiveness(worker.id, "alive");
  deps.onReturn(worker.id);
}

/** What the worker's digest is when it holds just what it was told and reported last. */
function expectedDigest(deps: HeartbeatDeps, workerId: string): string {
  const assigned = deps.book
    .of(workerId)
    .filter((instance) => instance.child === workerId && instance.phase === "assigned")
    .map((instance: Instance) => ({
      key: instance._id,
      ...pairOf(instance),
      status: currentObservation(instance)?.status ?? "",
    }));
  const besidesAssigned = deps.book.of(workerId).flatMap((instance) => {
    const second = openMove(instance);
    const moving = second?.child === workerId ? [{ ...second, status: second.status ?? "" }] : [];
    const left = instance.fenced.filter((copy) => copy.child === workerId && !isNamed(copy));
    const draining = left.map((copy) => ({ ...copy, status: "RUNNING" }));
    return [...moving, ...draining].map(({ status, ...pair }) => ({
      key: instance._id,
      ...pairOf(pair),
      status,
    }));
  });
  const orphans = [...deps.orphans.values()]
    .filter((orphan) => orphan.worker_id === workerId && orphan.wanted)
    .map(({ job_id, instance_number, status, ...pair }) => ({
      key: instanceKey(job_id, instance_number),
      ...pairOf(pair),
      status,
    }));
  return digestOf([...assigned, ...besidesAssigned, ...orphans]);
}
