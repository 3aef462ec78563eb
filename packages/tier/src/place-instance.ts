import type { Instance, JobSpec, Need, Pair, Status } from "@oak/contracts";
import { comparePairs, needOf, REASONS } from "@oak/core";
import { fp } from "@oak/kit";
import type { InstanceBook } from "./instance-book.ts";
import type { HoldStore, PlacementScheduler, TierClock } from "./ports.ts";
import type { WantLedger } from "./want-ledger.ts";

export interface PlacingDeps {
  book: InstanceBook;
  holds: HoldStore;
  scheduler: PlacementScheduler;
  ledger: WantLedger;
  clock: TierClock;
}

export interface Placing {
  instance: Instance;
  job: JobSpec;
  /** numbers of the new placement, above all earlier ones */
  pair: Pair;
  /** what the instance shows once it is assigned */
  status: Status;
  exclude: readonly string[];
  /** the copy runs there already: its hold only says so, and is not refused for want of room */
  isThere?: boolean;
}

export type PlacingOutcome =
  | { placed: true }
  | { placed: false; status: Status; detail: string; reason: string }
  /** somebody else wrote the instance meanwhile: decide again */
  | { placed: false; status: "conflict" };

/**
 * Finds a child and assigns the instance to it: first the hold, then the assignment (protocol rule 1), so
 * that a crash in between leaves a hold that the sweep drops, never an assignment without room.
 */
export async function placeInstance(deps: PlacingDeps, placing: Placing): Promise<PlacingOutcome> {
  const { instance, job } = placing;
  const proposal = await deps.scheduler.propose({
    attempt_id: `${instance._id}:${placing.pair.epoch}.${placing.pair.placement}`,
    job,
    exclude: [...placing.exclude],
  });
  if ("status" in proposal) {
    const { status, status_detail: detail } = proposal;
    return { placed: false, status, detail, reason: "no_place" };
  }
  return assignTo(deps, placing, proposal.candidate_id);
}

/** Assigns the instance to a child that is known already. */
export async function assignTo(
  deps: PlacingDeps,
  placing: Placing,
  child: string,
): Promise<PlacingOutcome> {
  const { instance, pair } = placing;
  const outcome = await holdAndWrite(deps, placing, child, (need, want_rev) => ({
    ...instance,
    ...pair,
    phase: "assigned",
    child,
    // It answers for all that it may still run under an older pair.
    fenced: instance.fenced.filter((copy) => copy.child !== child),
    need,
    want_rev,
    status: placing.status,
    status_detail: REASONS.assigned,
    reason: "assigned",
    attempts: instance.attempts + 1,
    phase_since: deps.clock.nowMs() / 1000,
  }));
  if (outcome.placed) fp("placer.assigned", instance._id);
  return outcome;
}

/**
 * Holds room for a copy of the instance under the pair, then stores the record that points to it.
 * @param recordOf the record, with what is held and the child's count of it
 */
export async function holdAndWrite(
  deps: PlacingDeps,
  { instance, job, pair, isThere }: Pick<Placing, "instance" | "job" | "pair" | "isThere">,
  child: string,
  recordOf: (need: Need, wantRev: number) => Instance,
): Promise<PlacingOutcome> {
  const need = needOf(job);
  const hold = await deps.ledger.open(
    child,
    () =>
      deps.holds.hold(child, instance._id, {
        need,
        ...pair,
        ...(isThere === true && { is_there: true }),
      }),
    (answer) => (answer.ok ? answer.want_rev : undefined),
  );
  if (!hold.ok) {
    const detail = `${REASONS.hold_refused}: ${hold.reason}`;
    return { placed: false, status: "REQUESTED", detail, reason: "hold_refused" };
  }
  fp("placer.held", instance._id);
  try {
    const record = recordOf(need, hold.want_rev);
    if (await deps.book.write(instance, record)) return { placed: true };
  } finally {
    closeWhenCertain(deps, child, { key: instance._id, wantRev: hold.want_rev });
  }
  if (!isHoldInUse(deps.book.get(instance._id), child, pair)) {
    await deps.holds.drop(child, instance._id, pair);
  }
  return { placed: false, status: "conflict" };
}

/**
 * The conflict may be an earlier try of ours whose answer was lost. And the hold has taken the place of the one
 * that a fenced copy there had: what that copy takes is not free before it is known to be gone.
 */
function isHoldInUse(stored: Instance | undefined, child: string, pair: Pair): boolean {
  if (stored === undefined) return false;
  const { move } = stored;
  const isAssigned = stored.child === child && comparePairs(stored, pair) >= 0;
  const isOfMove = move?.child === child && comparePairs(move, pair) >= 0;
  return isAssigned || isOfMove || stored.fenced.some((copy) => copy.child === child);
}

/**
 * Stores a change of what is wanted of a child that takes no capacity: counted at its document before it is
 * written. A child that is not known any more has no count.
 */
export async function writeCounted(
  deps: Pick<PlacingDeps, "book" | "holds" | "ledger">,
  child: string,
  before: Instance,
  after: (wantRev: number) => Instance,
): Promise<void> {
  const wantRev = await deps.ledger.open(
    child,
    () => deps.holds.countWant(child),
    (counted) => counted,
  );
  fp("placer.counted", before._id);
  try {
    await deps.book.write(before, after(wantRev ?? before.want_rev));
  } finally {
    if (wantRev !== undefined) closeWhenCertain(deps, child, { key: before._id, wantRev });
  }
}

/** While nobody knows whether the change is stored, no child's cursor may pass its number. */
function closeWhenCertain(
  { book, ledger }: Pick<PlacingDeps, "book" | "ledger">,
  child: string,
  { key, wantRev }: { key: string; wantRev: number },
): void {
  book.whenCertain(key, () => ledger.close(child, wantRev));
}
