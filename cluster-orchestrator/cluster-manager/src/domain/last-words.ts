import type { Instance } from "@oak/contracts";
import { REASONS, type Reason } from "@oak/core";

/** What users read of an instance. */
export type Words = Pick<Instance, "status" | "status_detail">;

/** Its last copy failed, and says why: that stays to be read until another copy says something else. */
function hasFailed({ reason, status }: Pick<Instance, "reason" | "status">): boolean {
  return reason === "workload_failed" && status === "FAILED";
}

/** While a copy is being released. */
export function wordsOfRelease({ seen, status }: Instance, reason: Reason): Words {
  if (reason === "completed") return { status: "COMPLETED", status_detail: REASONS.completed };
  if (reason === "workload_failed" && seen?.status === "FAILED") {
    return { status: "FAILED", status_detail: seen.status_detail };
  }
  return { status, status_detail: REASONS[reason] };
}

/** When the copy is gone: it is closed, or waits for another place. */
export function wordsAfterRelease(instance: Instance, reason: Reason, isRetry: boolean): Words {
  const { seen, status_detail } = instance;
  if (instance.reason === "completed") {
    const detail = isRetry ? (seen?.status_detail ?? "") : REASONS[reason];
    return { status: "COMPLETED", status_detail: detail };
  }
  if (!isRetry) return { status: "UNDEPLOYED", status_detail: REASONS[reason] };
  if (hasFailed(instance)) return { status: "FAILED", status_detail };
  if (reason === "worker_full") return { status: "REQUESTED", status_detail };
  return { status: "REQUESTED", status_detail: seen?.status_detail ?? "" };
}

/** After a try to place it that found nothing. */
export function wordsWithoutPlace(
  { status, status_detail, reason }: Instance,
  refusal: { status: Instance["status"]; detail: string; reason: string },
): Words & Pick<Instance, "reason"> {
  // Why it failed on its worker says more than that no other worker can be tried.
  if (refusal.reason === "no_place" && hasFailed({ reason, status })) {
    return { status, status_detail, reason };
  }
  // A worker that is skipped because it was full is one that has no room.
  if (refusal.status === "NO_QUALIFIED_WORKER_FOUND" && reason === "worker_full") {
    return { status: "NO_WORKER_CAPACITY", status_detail, reason };
  }
  return { status: refusal.status, status_detail: refusal.detail, reason: refusal.reason };
}
