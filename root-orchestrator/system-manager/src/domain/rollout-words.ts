import type { Rollout } from "@oak/contracts";

/** Who is told of. */
interface Told {
  number: number;
  revision: number;
  detail?: string;
  isRefused?: boolean;
}

export function broken({ number, revision }: Told, detail: string): string {
  return `Instance ${number} of revision ${revision} failed: ${causeIn(detail)}`;
}

export function restless({
  number,
  revision,
  restarts,
  detail = "",
}: Told & { restarts?: number }): string {
  const cause = causeIn(detail);
  const why = cause === "" ? "its command ends again and again" : cause;
  return `Instance ${number} of revision ${revision} was restarted ${restarts} times: ${why}`;
}

/** @param waiting the first instance that is not ready, if there is one */
export function overdue(
  { state, revision, from_revision: from, max_unavailable }: Rollout,
  waiting: Told | undefined,
  deadlineS: number,
): string {
  const target = state === "progressing" ? revision : from;
  const idle = `Revision ${target} made no progress for ${deadlineS} s`;
  if (waiting === undefined) return idle;
  const { detail = "" } = waiting;
  return `${idle}; ${waitsFor({ ...waiting, detail: causeIn(detail) }, max_unavailable)}`;
}

/** What an instance waits for, and what would help. */
export function waitsFor(
  { number, detail = "", isRefused = false }: Omit<Told, "revision">,
  maxUnavailable: number,
): string {
  const what = `instance ${number} waits: ${detail || "its worker has not reported it yet"}`;
  // A host port is taken by the old instance, or workers are full: nothing can be made before something ends.
  return maxUnavailable > 0 || !isRefused
    ? what
    : `${what}. No room for one more: with maxUnavailable 1 an old instance would make room first`;
}

export function completed({ revision, replicas }: Rollout): string {
  return replicas === 0 ? "No instance is wanted" : `Every instance is of revision ${revision}`;
}

export function rolledBack({ message, from_revision: from }: Rollout): string {
  return `${message}. Every instance is of revision ${from} again: correct the service and update it once more`;
}

/** @param why it does not go on; while it is rolled back `rollout.message` says how that began */
export function failed(
  { state, message, from_revision: from, from_unproven: isUnproven, revision }: Rollout,
  why: string,
): string {
  if (state === "rolling_back") {
    return `${message}. Going back did not help: ${lowered(why)}. ${ADVICE}`;
  }
  const back =
    from === revision
      ? "There is no other revision to go back to"
      : isUnproven === true
        ? `Revision ${from} had not come up either, so it does not come back by itself`
        : `Revision ${from} is not kept any more`;
  return `${why}. ${back}. ${ADVICE}`;
}

const ADVICE = "Look at its instances, then update it or go back to a revision that worked";

/** What a worker says of its next try is over by the time somebody reads it. */
export function causeIn(detail: string): string {
  return detail
    .replace(/^(?:Trying again|Restarting) [^:]*, try \d+ of \d+: /, "")
    .replace(/\.$/, "");
}

function lowered(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}
