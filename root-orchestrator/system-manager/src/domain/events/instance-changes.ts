import { type Instance, type Observation, REFUSAL_STATUSES } from "@oak/contracts";
import { currentObservation, type EventReason } from "@oak/core";

/** What became of an instance by one change of its record; the names are put in by whoever knows them. */
export interface InstanceChange {
  reason: EventReason;
  /** Follows the name of the instance; `{cluster}` and `{node}` stand for names. */
  sentence: string;
  /** id of the cluster that it is about */
  cluster?: string | undefined;
  /** id of the worker that it is about */
  node?: string | undefined;
}

/**
 * The events in one change of what the root knows of an instance: its own decisions, and what clusters have reported.
 * Steps on the way, such as a container that is being made, are none.
 */
export function instanceChanges(
  before: Instance | undefined,
  after: Instance | undefined,
): InstanceChange[] {
  if (after === undefined) return ending(before);
  return [...decided(before, after), ...observed(before, after)];
}

function ending(before: Instance | undefined): InstanceChange[] {
  const isNews = before !== undefined && before.phase !== "closed";
  return isNews ? [{ reason: "undeployed", sentence: "is gone" }] : [];
}

function decided(before: Instance | undefined, after: Instance): InstanceChange[] {
  const cluster = after.child ?? undefined;
  switch (after.phase) {
    case "assigned":
      return isSamePlacement(before, after) ? [] : [assigned(after, cluster)];
    case "unplaced":
      return unplaced(before, after);
    case "releasing":
      return before?.phase === "releasing"
        ? []
        : [{ reason: "released", sentence: "is to end in cluster {cluster}", cluster }];
    case "closed": {
      const isNews = before?.phase !== "closed" && after.reason !== "completed";
      return isNews ? [{ reason: "undeployed", sentence: "has ended" }] : [];
    }
    default:
      return [];
  }
}

function isSamePlacement(before: Instance | undefined, after: Instance): boolean {
  return (
    before?.phase === "assigned" && before.child === after.child && before.epoch === after.epoch
  );
}

function assigned({ reason }: Instance, cluster: string | undefined): InstanceChange {
  return reason === "adopted"
    ? { reason: "adopted", sentence: "goes on in cluster {cluster}, where it was found", cluster }
    : { reason: "placed_on_cluster", sentence: "was placed in cluster {cluster}", cluster };
}

function unplaced(before: Instance | undefined, after: Instance): InstanceChange[] {
  const { reason, status_detail: detail } = after;
  const left = before?.child ?? undefined;
  if (left !== undefined && after.child === null) return [leaving(left, after)];
  const isRefusal = reason === "no_place" || reason === "hold_refused";
  const isNews = before?.reason !== reason || before.status_detail !== detail;
  if (!isRefusal || !(isNews || isPowerOfTwo(after.attempts))) return [];
  return [{ reason: "no_place", sentence: `finds no place: ${detail}` }];
}

/** Waiting is told in growing steps. */
function isPowerOfTwo(count: number): boolean {
  return count > 0 && Number.isInteger(Math.log2(count));
}

function leaving(cluster: string, { reason, status_detail: detail }: Instance): InstanceChange {
  switch (reason) {
    case "child_lost":
    case "child_removed": {
      const why = reason === "child_lost" ? "fell silent" : "was taken out";
      const sentence = `is placed elsewhere, since cluster {cluster} ${why}`;
      return { reason: "cluster_given_up", sentence, cluster };
    }
    case "adopted":
      return { reason: "adopted", sentence: "goes on in another cluster, where it was found" };
    default: {
      const why = detail === "" ? "" : `: ${detail}`;
      return {
        reason: "handed_back",
        sentence: `was handed back by cluster {cluster}${why}`,
        cluster,
      };
    }
  }
}

function observed(before: Instance | undefined, after: Instance): InstanceChange[] {
  const seen = currentObservation(after);
  if (seen === undefined || seen === before?.seen) return [];
  const was = before === undefined ? undefined : currentObservation(before);
  const where = { cluster: after.child ?? undefined, node: seen.worker_id };
  return [...statusChange(was, seen), ...moveChange(was, seen)].map((change) => ({
    ...where,
    ...change,
  }));
}

type Told = Pick<InstanceChange, "reason" | "sentence">;

const refusals: readonly string[] = REFUSAL_STATUSES;

function statusChange(was: Observation | undefined, seen: Observation): Told[] {
  if (was?.status === seen.status && was.worker_id === seen.worker_id) return restarted(was, seen);
  const why = whyOf(seen);
  switch (seen.status) {
    case "RUNNING":
      return [
        was?.status === "RUNNING"
          ? { reason: "moved", sentence: "runs on node {node} now" }
          : { reason: "running", sentence: "runs on node {node}" },
      ];
    case "FAILED":
      return [{ reason: "failed", sentence: `failed on node {node}${why}` }];
    case "DEAD":
      return [{ reason: "dead", sentence: `ended on node {node}${why}` }];
    case "COMPLETED":
      return [{ reason: "completed", sentence: "has done its work on node {node}" }];
    default:
      return refusals.includes(seen.status) && seen.refused === undefined
        ? [{ reason: "no_place", sentence: `finds no place in cluster {cluster}${why}` }]
        : [];
  }
}

function restarted(was: Observation, seen: Observation): Told[] {
  const { restarts = 0 } = seen;
  if (restarts <= (was.restarts ?? 0)) return [];
  const times = restarts === 1 ? "once" : `${restarts} times`;
  return [{ reason: "restarted", sentence: `was restarted on node {node}, ${times} so far` }];
}

/** What becomes of a move is in the detail of what goes on running; see the lifecycle. */
function moveChange(was: Observation | undefined, seen: Observation): Told[] {
  const { status, status_detail: detail } = seen;
  if (status !== "RUNNING" || detail === was?.status_detail) return [];
  if (detail.startsWith("moving to ")) {
    return [{ reason: "moving", sentence: `is ${detail}` }];
  }
  return detail.startsWith("not moved: ")
    ? [{ reason: "not_moved", sentence: `was ${detail}` }]
    : [];
}

function whyOf({ reason, status_detail: detail }: Observation): string {
  const words = detail === "" ? reason : detail;
  return words === undefined || words === "" ? "" : `: ${words}`;
}
