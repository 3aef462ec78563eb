import type { Rollout } from "@oak/contracts";
import * as words from "./rollout-words.ts";

/** Times of rollouts in seconds. */
export interface RolloutSettings {
  /** a new instance is ready when it has been running for so long */
  readyS: number;
  /** without a step for so long, it has failed */
  deadlineS: number;
  /** so many restarts of one new instance, and the revision has failed */
  restarts: number;
}

export const DEFAULT_ROLLOUT_SETTINGS: RolloutSettings = {
  readyS: 5,
  deadlineS: 600,
  restarts: 3,
};

/** A member of the service, as far as a rollout cares. */
export interface RolloutMember {
  number: number;
  revision: number;
  /** since when it has been running without a restart, in seconds; undefined: it does not run */
  runningForS?: number | undefined;
  /** a one-shot that has ended well */
  isDone?: boolean;
  /** restarts where it is; of one that was there before the rollout those since then */
  restarts?: number;
  /** why its revision is to blame that it does not run */
  fault?: { reason: string; detail: string } | undefined;
  /** what it waits for, or why it ended last */
  detail?: string;
  /** there is no place for it */
  isRefused?: boolean;
}

export interface RolloutContext {
  /** what members are to be of: the new revision, or the one before when it is rolled back */
  target: number;
  /** there is a revision to go back to, and it has run before */
  canGoBack: boolean;
  members: readonly RolloutMember[];
  nowS: number;
  /** how long the own process has been watching */
  watchingForS: number;
  settings: RolloutSettings;
}

export type RolloutStep =
  | { do: "rest"; untilS?: number }
  | { do: "add"; count: number }
  | { do: "remove"; numbers: number[] }
  | { do: "roll_back"; reason: string; message: string }
  | RolloutEnd;

export interface RolloutEnd {
  do: "end";
  state: "completed" | "rolled_back" | "failed";
  reason: string;
  message: string;
  /** members beyond the wanted count */
  drop: readonly number[];
}

/**
 * Decides the next step of a rollout: make before break, as far as the surge goes. Never are there more than
 * `replicas + max_surge` members, and never is one taken away that runs when fewer than `replicas - max_unavailable`
 * ready ones would be left.
 */
export function planRollout(rollout: Rollout, context: RolloutContext): RolloutStep {
  const fleet = divide(rollout, context);
  const failure =
    rollout.state === "progressing" ? failureOf(rollout, fleet, context.settings) : undefined;
  if (failure !== undefined) return giveUp(rollout, context, failure);
  if (isOver(rollout, fleet)) return ended(rollout);
  const leftS = context.settings.deadlineS - idleForS(rollout, context);
  if (leftS <= 0) {
    const message = words.overdue(rollout, fleet.waiting, context.settings.deadlineS);
    return giveUp(rollout, context, { reason: "deadline", message });
  }
  const pausedS = pauseLeftS(rollout, context.nowS);
  if (pausedS > 0) return { do: "rest", untilS: context.nowS + Math.min(pausedS, leftS) };
  return move(rollout, fleet) ?? rest(fleet, context, leftS);
}

/** What follows when the revision that was to come up does not. */
export function giveUp(
  rollout: Rollout,
  context: RolloutContext,
  { reason, message }: Failure,
): RolloutStep & { do: "roll_back" | "end" } {
  if (rollout.state === "progressing" && context.canGoBack) {
    return { do: "roll_back", reason, message };
  }
  const drop = surplusOf(rollout, divide(rollout, context));
  return {
    do: "end",
    state: "failed",
    reason: rollout.reason || reason,
    message: words.failed(rollout, message),
    drop,
  };
}

interface Failure {
  reason: string;
  message: string;
}

interface Fleet {
  /** of the target revision */
  target: readonly RolloutMember[];
  others: readonly RolloutMember[];
  isReady(member: RolloutMember): boolean;
  /** It serves nobody, and nothing says that it soon will. */
  isIdle(member: RolloutMember): boolean;
  /** the first of the target revision that is not ready */
  waiting: RolloutMember | undefined;
}

function divide(rollout: Rollout, { target, members, settings }: RolloutContext): Fleet {
  const proven = rollout.from_unproven === true ? undefined : rollout.from_revision;
  // One that crashes again and again runs for a moment each time: that is not served by anybody's count.
  const needsS = ({ revision }: RolloutMember): number =>
    revision === target || revision !== proven ? settings.readyS : 0;
  const isReady = (member: RolloutMember): boolean =>
    member.isDone === true
      ? // What an older revision has done is no service that somebody would miss.
        member.revision === target
      : (member.runningForS ?? -1) >= needsS(member);
  const isRestless = ({ restarts = 0 }: RolloutMember): boolean => restarts >= settings.restarts;
  const ofTarget = members.filter(({ revision }) => revision === target);
  const others = members
    .filter(({ revision }) => revision !== target)
    .toSorted((a, b) => Number(a.revision === proven) - Number(b.revision === proven));
  return {
    target: ofTarget,
    others,
    isReady,
    isIdle: (member) =>
      !isReady(member) && (member.runningForS === undefined || isRestless(member)),
    waiting: ofTarget.find((member) => !isReady(member)),
  };
}

/** Only what the rollout has made can fail it: what was there before has its faults from before. */
function failureOf(
  rollout: Rollout,
  { target }: Fleet,
  settings: RolloutSettings,
): Failure | undefined {
  const failed = target.find((one) => one.fault !== undefined && !isFromBefore(rollout, one));
  if (failed?.fault !== undefined) {
    return { reason: failed.fault.reason, message: words.broken(failed, failed.fault.detail) };
  }
  const restless = target.find(({ restarts = 0 }) => restarts >= settings.restarts);
  if (restless === undefined) return undefined;
  return { reason: "restarts", message: words.restless(restless) };
}

function isFromBefore({ first_number: first = 0 }: Rollout, { number }: RolloutMember): boolean {
  return number < first;
}

function isOver({ replicas }: Rollout, { target, others, isReady }: Fleet): boolean {
  return others.length === 0 && target.length === replicas && target.every(isReady);
}

function ended(rollout: Rollout): RolloutEnd {
  const { state, reason } = rollout;
  if (state === "progressing") {
    return {
      do: "end",
      state: "completed",
      reason: "",
      message: words.completed(rollout),
      drop: [],
    };
  }
  return { do: "end", state: "rolled_back", reason, message: words.rolledBack(rollout), drop: [] };
}

/** How long nothing has happened; a pause does not count, nor a time in which nobody was there to act. */
function idleForS(
  { moved_at, resume_at }: Rollout,
  { nowS, watchingForS }: RolloutContext,
): number {
  const since = Math.max(moved_at, Math.min(resume_at, nowS));
  // The clock was set back since.
  return since > nowS ? watchingForS : Math.min(nowS - since, watchingForS);
}

function pauseLeftS({ resume_at, pause_s }: Rollout, nowS: number): number {
  const leftS = resume_at - nowS;
  return leftS > pause_s ? 0 : leftS;
}

function move(rollout: Rollout, fleet: Fleet): RolloutStep | undefined {
  const { replicas, max_surge } = rollout;
  const { target, others } = fleet;
  // What had failed before is made anew.
  const broken = target.filter((one) => one.fault !== undefined && isFromBefore(rollout, one));
  if (broken.length > 0) return { do: "remove", numbers: numbersOf(broken) };
  const missing = replicas - target.length;
  const room = replicas + max_surge - target.length - others.length;
  if (missing > 0 && room > 0) return { do: "add", count: Math.min(missing, room) };
  const numbers = removable(rollout, fleet);
  return numbers.length === 0 ? undefined : { do: "remove", numbers };
}

/** First what does not run, then what has never shown that it can, then the oldest. */
function removable(rollout: Rollout, fleet: Fleet): number[] {
  const { replicas, max_unavailable, state } = rollout;
  const { target, others, isReady, isIdle } = fleet;
  if (others.length === 0) return surplusOf(rollout, fleet);
  const least = Math.max(0, replicas - max_unavailable);
  const all = [...target, ...others];
  const ready = all.filter(isReady).length;
  const unready = others.filter(isIdle);
  const coming = all.length - ready - unready.length;
  const most = Math.max(0, all.length - least - coming);
  // What has failed already is in nobody's way when it goes.
  const idle = unready.slice(0, state === "rolling_back" ? unready.length : most);
  const spare = Math.max(0, Math.min(most - idle.length, ready - least));
  const serving = others.filter(isReady).slice(0, spare);
  return numbersOf([...idle, ...serving]);
}

/** Members beyond the wanted count, the ones first that nobody would miss. */
function surplusOf({ replicas }: Rollout, { target, others, isReady, isIdle }: Fleet): number[] {
  const use = (member: RolloutMember): number => Number(isReady(member)) - Number(isIdle(member));
  const newest = (a: RolloutMember, b: RolloutMember): number => b.number - a.number;
  const leaving = [...others.toSorted(newest), ...target.toSorted(newest)];
  const count = Math.max(0, leaving.length - replicas);
  return numbersOf(leaving.toSorted((a, b) => use(a) - use(b)).slice(0, count));
}

const numbersOf = (members: readonly RolloutMember[]): number[] =>
  members.map(({ number }) => number).toSorted((a, b) => a - b);

/** Until an instance has been running for long enough, or the time is over; whatever else happens wakes it. */
function rest(
  { target, others, isReady }: Fleet,
  { nowS, settings }: RolloutContext,
  leftS: number,
): RolloutStep {
  const waits = [...target, ...others]
    .filter((member) => !isReady(member) && member.runningForS !== undefined)
    .map(({ runningForS = 0 }) => settings.readyS - runningForS);
  return { do: "rest", untilS: nowS + Math.min(leftS, ...waits) };
}
