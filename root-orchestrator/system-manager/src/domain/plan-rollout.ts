import type { Rollout } from "@oak/contracts";

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
  /** restarts where it is */
  restarts?: number;
  /** why its revision is to blame that it does not run */
  fault?: { reason: string; detail: string } | undefined;
}

export interface RolloutContext {
  /** what members are to be of: the new revision, or the one before when it is rolled back */
  target: number;
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
  | { do: "end"; state: "completed" | "rolled_back" | "failed"; reason: string; message: string };

/**
 * Decides the next step of a rollout: make before break, as far as the surge goes. Never are there more than
 * `replicas + max_surge` members, and never is one taken away that runs when fewer than `replicas - max_unavailable`
 * ready ones would be left.
 */
export function planRollout(rollout: Rollout, context: RolloutContext): RolloutStep {
  const fleet = divide(context);
  const failure = rollout.state === "progressing" ? failureOf(fleet, context) : undefined;
  if (failure !== undefined) return failure;
  if (isOver(rollout, fleet)) return ended(rollout);
  const leftS = context.settings.deadlineS - idleForS(rollout, context);
  if (leftS <= 0) return overdue(rollout, context);
  const pausedS = pauseLeftS(rollout, context.nowS);
  if (pausedS > 0) return { do: "rest", untilS: context.nowS + Math.min(pausedS, leftS) };
  return move(rollout, fleet) ?? rest(fleet, context, leftS);
}

interface Fleet {
  /** of the target revision */
  target: readonly RolloutMember[];
  others: readonly RolloutMember[];
  isReady(member: RolloutMember): boolean;
}

function divide({ target, members, settings }: RolloutContext): Fleet {
  const needsS = (member: RolloutMember): number =>
    member.revision === target ? settings.readyS : 0;
  return {
    target: members.filter(({ revision }) => revision === target),
    others: members.filter(({ revision }) => revision !== target),
    isReady: (member) =>
      member.isDone === true
        ? // What an older revision has done is no service that somebody would miss.
          member.revision === target
        : (member.runningForS ?? -1) >= needsS(member),
  };
}

function failureOf(
  { target }: Fleet,
  { settings, target: revision }: RolloutContext,
): RolloutStep | undefined {
  const failed = target.find(({ fault }) => fault !== undefined);
  if (failed?.fault !== undefined) {
    const { reason, detail } = failed.fault;
    const message = `Instance ${failed.number} of revision ${revision} failed: ${detail}`;
    return { do: "roll_back", reason, message };
  }
  const restless = target.find(({ restarts = 0 }) => restarts >= settings.restarts);
  if (restless === undefined) return undefined;
  const message = `Instance ${restless.number} of revision ${revision} was restarted ${restless.restarts} times`;
  return { do: "roll_back", reason: "restarts", message };
}

function isOver({ replicas }: Rollout, { target, others, isReady }: Fleet): boolean {
  return others.length === 0 && target.length === replicas && target.every(isReady);
}

function ended({ state, revision, from_revision, reason, message }: Rollout): RolloutStep {
  if (state === "progressing") {
    const done = `Every instance is of revision ${revision}`;
    return { do: "end", state: "completed", reason: "", message: done };
  }
  const back = `${message}; every instance is of revision ${from_revision} again`;
  return { do: "end", state: "rolled_back", reason, message: back };
}

function overdue({ state, revision, message }: Rollout, { settings }: RolloutContext): RolloutStep {
  const reason = "deadline";
  if (state === "progressing") {
    const text = `Revision ${revision} made no progress for ${settings.deadlineS} s`;
    return { do: "roll_back", reason, message: text };
  }
  const text = `${message}; and the revision before did not come up again in time`;
  return { do: "end", state: "failed", reason, message: text };
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
  const missing = replicas - target.length;
  const room = replicas + max_surge - target.length - others.length;
  if (missing > 0 && room > 0) return { do: "add", count: Math.min(missing, room) };
  const numbers = removable(rollout, fleet);
  return numbers.length === 0 ? undefined : { do: "remove", numbers };
}

/** First what does not run, then the oldest. */
function removable(rollout: Rollout, { target, others, isReady }: Fleet): number[] {
  const { replicas, max_unavailable, state } = rollout;
  const least = Math.max(0, replicas - max_unavailable);
  const ready = [...target, ...others].filter(isReady).length;
  const unready = others.filter((member) => !isReady(member));
  const coming = target.filter((member) => !isReady(member)).length;
  const most = Math.max(0, target.length + others.length - least - coming);
  // What has failed already is in nobody's way when it goes.
  const idle = numbersOf(unready).slice(0, state === "rolling_back" ? unready.length : most);
  const spare = Math.max(0, Math.min(most - idle.length, ready - least));
  const serving = numbersOf(others.filter(isReady)).slice(0, spare);
  if (others.length > 0) return [...idle, ...serving];
  const surplus = Math.max(0, target.length - replicas);
  const byUse = target.toSorted(
    (a, b) => Number(isReady(a)) - Number(isReady(b)) || b.number - a.number,
  );
  return byUse.slice(0, surplus).map(({ number }) => number);
}

const numbersOf = (members: readonly RolloutMember[]): number[] =>
  members.map(({ number }) => number).toSorted((a, b) => a - b);

/** Until an instance has been running for long enough, or the time is over; whatever else happens wakes it. */
function rest(
  { target, isReady }: Fleet,
  { nowS, settings }: RolloutContext,
  leftS: number,
): RolloutStep {
  const waits = target
    .filter((member) => !isReady(member) && member.runningForS !== undefined)
    .map(({ runningForS = 0 }) => settings.readyS - runningForS);
  return { do: "rest", untilS: nowS + Math.min(leftS, ...waits) };
}
