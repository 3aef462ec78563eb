import type { Fenced, Instance, JobSpec, Move, MoveWish, Status } from "@oak/contracts";
import { isOfMove, pairOf, REASONS } from "@oak/core";
import { fp } from "@oak/kit";
import { holdAndWrite, writeCounted } from "@oak/tier";
import { whyNotMovable } from "../domain/movable.ts";
import { openMove, pendingWish } from "../domain/plan-move.ts";
import type { AssignmentDeps } from "../ports.ts";
import { nextPair } from "./next-pair.ts";
import { unheard } from "./place-on-worker.ts";

/** Rooms that were taken by somebody else between proposal and hold, before it is given up. */
const MAX_TRIES = 3;

/**
 * Makes a second copy on another worker: first its hold, then the record of it, as with every placement. When there
 * is no place for it the instance stays, and says why.
 * @throws whatever the stores and the scheduler throw; the reconciler comes back
 */
export async function beginMove(deps: AssignmentDeps, instance: Instance): Promise<void> {
  const wish = pendingWish(instance);
  if (wish === undefined) return;
  const job = await deps.specs.get(instance.job_id, instance.spec_rev);
  if (job === undefined) throw new Error(`no spec is stored for ${instance.job_id}`);
  const fault = whyNotMovable(instance, job, wish, deps.roster);
  if (fault !== undefined) return endMove(deps, instance, fault);
  const without = new Set(unsuitable(deps, instance, wish));
  let detail = "";
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const proposal = await deps.scheduler.propose({
      attempt_id: `${instance._id}:move.${wish.id}.${tries}`,
      job,
      exclude: [...without],
    });
    if ("status" in proposal) return endMove(deps, instance, detail || proposal.status_detail);
    const outcome = await makeSecondCopy(deps, { instance, job, wish }, proposal.candidate_id);
    // Placed, or written by somebody else meanwhile: then it is decided anew.
    if (outcome === undefined) return;
    detail = outcome;
    without.add(proposal.candidate_id);
  }
  await endMove(deps, instance, detail);
}

/** Workers on which the second copy must not be; all but the named one, if one is named. */
function unsuitable({ roster }: AssignmentDeps, instance: Instance, { node }: MoveWish): string[] {
  const { child, fenced } = instance;
  const others = [...roster.all()].filter(({ id, isLegacy }) =>
    node === null ? isLegacy : id !== node,
  );
  return [
    ...others.map(({ id }) => id),
    ...unheard(roster),
    ...fenced.map((copy) => copy.child),
    ...(child === null ? [] : [child]),
  ];
}

/** @returns why there is no room after all */
async function makeSecondCopy(
  deps: AssignmentDeps,
  { instance, job, wish }: { instance: Instance; job: JobSpec; wish: MoveWish },
  child: string,
): Promise<string | undefined> {
  const pair = nextPair(deps, instance, pairOf(instance));
  const outcome = await holdAndWrite(deps, { instance, job, pair }, child, (_need, want_rev) => ({
    ...instance,
    move: { ...pair, id: wish.id, child, want_rev, status: null, detail: "", since: nowS(deps) },
  }));
  if (outcome.placed) fp("placer.move_begun", instance._id);
  return outcome.placed || outcome.status === "conflict" ? undefined : outcome.detail;
}

/** Notes how far the second copy has come. */
export async function noteMove(
  deps: AssignmentDeps,
  instance: Instance,
  status: Status,
): Promise<void> {
  const move = openMove(instance);
  if (move === undefined) return;
  await deps.book.write(instance, { ...instance, move: { ...move, status, since: nowS(deps) } });
}

/** The instance stays where it is; a second copy that was begun ends. */
export async function endMove(
  deps: AssignmentDeps,
  instance: Instance,
  detail: string,
): Promise<void> {
  const begun = openMove(instance);
  const nothing = { epoch: 0, placement: 0, want_rev: 0, status: null };
  const id = begun?.id ?? pendingWish(instance)?.id;
  if (id === undefined) return;
  const { move: last } = instance;
  const move: Move = { ...nothing, ...last, id, child: null, detail, since: nowS(deps) };
  const left = begun === undefined ? [] : [leftCopy(begun, nowS(deps))];
  deps.log.info({ instance: instance._id, worker: begun?.child, detail }, "it is not moved");
  await deps.book.write(instance, { ...instance, move, fenced: [...instance.fenced, ...left] });
  fp("placer.move_ended", instance._id);
}

/**
 * The second copy is the assigned one from now on. What the first one takes stays taken until it is known to be gone,
 * and it is told to end when its connections have had their time.
 */
export async function switchCopy(
  deps: AssignmentDeps,
  instance: Instance,
  isGone: boolean,
): Promise<void> {
  const move = openMove(instance);
  const { child, seen, intent, fenced } = instance;
  if (move === undefined || child === null) return;
  const isServing = seen?.status === "RUNNING" && isOfMove(instance, seen);
  const drainS = isServing && intent?.move?.id === move.id ? intent.move.drain_s : 0;
  const old = leftCopy({ ...instance, child }, nowS(deps) + drainS);
  const isStored = await deps.book.write(instance, {
    ...instance,
    ...pairOf(move),
    child: move.child,
    want_rev: move.want_rev,
    fenced: isGone ? fenced : [...fenced, old],
    move: { ...move, child: null },
    status: isServing ? "RUNNING" : "NODE_SCHEDULED",
    status_detail: REASONS.moved,
    reason: "moved",
    phase_since: nowS(deps),
  });
  if (!isStored) return;
  fp("placer.switched", instance._id);
  deps.log.info({ instance: instance._id, from: child, to: move.child }, "an instance has moved");
  if (isGone) await deps.holds.drop(child, instance._id, pairOf(instance));
}

/** Counts the end of a copy at its worker, so that nothing that this one was told before can bring it back. */
export async function nameCopy(
  deps: AssignmentDeps,
  instance: Instance,
  { child }: Fenced,
): Promise<void> {
  const named = (copy: Fenced, want_rev: number): Fenced =>
    copy.child === child ? { ...copy, want_rev, named: true } : copy;
  await writeCounted(deps, child, instance, (want_rev) => ({
    ...instance,
    fenced: instance.fenced.map((copy) => named(copy, want_rev)),
  }));
}

function leftCopy(
  { child, epoch, placement, want_rev }: Omit<Fenced, "ends_at">,
  endsAt: number,
): Fenced {
  return { child, epoch, placement, want_rev, ends_at: endsAt };
}

const nowS = ({ clock }: AssignmentDeps): number => clock.nowMs() / 1000;
