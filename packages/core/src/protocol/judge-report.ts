import type { Fenced, Instance, Pair } from "@oak/contracts";
import { comparePairs } from "./pair.ts";

/** A copy as its child reports it. */
export interface ReportedCopy extends Pair {
  /** the child that sent it, known from its credential, never from the payload */
  from: string;
  /** of the parent's database, as the child remembers it; absent in plain status reports */
  incarnation?: string;
  /** the child's counter when it got the copy; absent in plain status reports */
  want_rev?: number;
}

/** What the judge is: its database, and how far it has counted for the child that reports. */
export interface Judge {
  incarnation: string;
  wantRev: number;
}

/**
 * - `current`: it speaks of the assignment; take it
 * - `fenced`: an older copy that was given up when its child fell silent
 * - `moving`: the second copy of an instance that leaves its worker
 * - `superseded`: a lower pair: changes nothing, that copy must end
 * - `parent_is_old`: a pair that this tier has not given yet: learn before acting
 * - `closed`: this tier gave it and has closed it: that copy must end
 * - `orphan`: another database gave it: list it for a person, stop nothing
 * - `alien`: the right pair from the wrong child; two machines share an identity
 */
export type ReportVerdict =
  | "current"
  | "fenced"
  | "moving"
  | "superseded"
  | "parent_is_old"
  | "closed"
  | "orphan"
  | "alien";

/**
 * Places a reported copy beside what the tier knows (protocol rules 3, 4 and 8).
 * @param instance the tier's record, undefined when it has none
 */
export function judgeReport(
  instance: Instance | undefined,
  copy: ReportedCopy,
  judge: Judge,
): ReportVerdict {
  if (instance === undefined) {
    if ((copy.incarnation ?? judge.incarnation) !== judge.incarnation) return "orphan";
    // Counted by this database, but beyond what it remembers: an older state of it was put back.
    return (copy.want_rev ?? 0) > judge.wantRev ? "parent_is_old" : "closed";
  }
  if (fenceOf(instance, copy) !== undefined) return "fenced";
  const order = comparePairs(copy, instance);
  if (order > 0) return judgeLater(instance.move, copy);
  if (order < 0) return "superseded";
  if (instance.child === copy.from) return "current";
  // The pair was confirmed as released, so the child's record of it is a memory of ours to clear.
  return instance.child === null ? "superseded" : "alien";
}

/** A pair above that of the assignment: of a move, or of a later state of this database. */
function judgeLater(move: Instance["move"], copy: ReportedCopy): ReportVerdict {
  if (move == null || comparePairs(copy, move) > 0) return "parent_is_old";
  const isSecondCopy = move.child === copy.from && comparePairs(copy, move) === 0;
  // A move that was given up had a higher pair than the copy that goes on.
  return isSecondCopy ? "moving" : "superseded";
}

/**
 * The fence that a copy stands behind. Its own pair may be lower: the child fell silent before it heard of
 * the pair under which its copy had been adopted.
 */
export function fenceOf(
  { fenced }: Pick<Instance, "fenced">,
  copy: Pick<ReportedCopy, "from" | "epoch" | "placement">,
): Fenced | undefined {
  return fenced.find((fence) => fence.child === copy.from && comparePairs(copy, fence) <= 0);
}

/** Where a report stands: numbers of the copy, then the child's own count. */
export interface ReportOrder extends Pair {
  session: number;
  seq: number;
}

/**
 * Whether a report is newer than the last one that was taken. A higher pair always is: sessions belong to
 * one child, and another placement may be with another child.
 */
export function isNewerReport(last: ReportOrder | null, next: ReportOrder): boolean {
  if (last === null) return true;
  const order = comparePairs(next, last) || next.session - last.session || next.seq - last.seq;
  return order > 0;
}
