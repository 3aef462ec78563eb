import type { Instance, Need } from "@oak/contracts";
import { pairOf, REASONS, type Reason } from "@oak/core";
import { fp } from "@oak/kit";
import { writeCounted } from "@oak/tier";
import { wordsAfterRelease, wordsOfRelease } from "../domain/last-words.ts";
import type { Step } from "../domain/plan-instance.ts";
import type { AssignmentDeps } from "../ports.ts";

const NO_NEED: Need = { vcpus: 0, memory: 0, vgpus: 0, host_ports: [] };

/** Begins to end the copy on its worker. */
export async function release(
  deps: AssignmentDeps,
  instance: Instance,
  reason: Reason,
): Promise<void> {
  if (instance.child === null) return;
  await writeCounted(deps, instance.child, instance, (want_rev) => ({
    ...instance,
    phase: "releasing",
    want_rev,
    ...saying(deps, reason),
    ...wordsOfRelease(instance, reason),
  }));
  fp("placer.release_stored", instance._id);
}

/** Gives the copy of a silent worker up; what it takes stays taken until it is known to be gone. */
export async function fence(
  deps: AssignmentDeps,
  instance: Instance,
  reason: Reason,
): Promise<void> {
  const { child } = instance;
  if (child === null) return;
  deps.log.warn(
    { instance: instance._id, worker: child, reason },
    "a copy is given up, it may run",
  );
  await writeCounted(deps, child, instance, (want_rev) => ({
    ...instance,
    phase: "unplaced",
    child: null,
    fenced: [...instance.fenced, { child, ...pairOf(instance), want_rev }],
    attempts: 0,
    retry_at: 0,
    ...saying(deps, reason),
    status: "REQUESTED",
  }));
  fp("placer.fenced", instance._id);
}

/** Fenced copies are gone, and the room that they took is free. */
export async function unfence(
  deps: AssignmentDeps,
  instance: Instance,
  copies: readonly { child: string; epoch: number; placement: number }[],
): Promise<void> {
  const fenced = instance.fenced.filter((f) => !copies.some((c) => c.child === f.child));
  if (!(await deps.book.write(instance, { ...instance, fenced }))) return;
  fp("placer.unfenced", instance._id);
  for (const copy of copies) {
    // The instance may have come back to the same worker: that hold has a higher pair and stays.
    await deps.holds.drop(copy.child, instance._id, pairOf(copy));
  }
}

/** The copy is gone: the instance is closed, or waits for another place. */
export async function clear(
  deps: AssignmentDeps,
  instance: Instance,
  step: Extract<Step, { do: "clear" }>,
): Promise<void> {
  const { child } = instance;
  const nowS = deps.clock.nowMs() / 1000;
  const { settings } = deps;
  // Of its worker's addresses the instance knows nothing: no pause, and another worker at once.
  const isFull = step.reason === "worker_full";
  const skippedS = isFull ? settings.fullS : settings.excludeS;
  const exclusion =
    step.exclude && child !== null ? [{ child, reason: step.reason, until: nowS + skippedS }] : [];
  const isRetry = step.outcome === "unplaced";
  const isStored = await deps.book.write(instance, {
    ...instance,
    phase: isRetry ? "unplaced" : "closed",
    child: null,
    need: isRetry ? instance.need : NO_NEED,
    excluded: [...instance.excluded.filter((e) => e.child !== child), ...exclusion],
    ...wordsAfterRelease(instance, step.reason, isRetry),
    reason: step.reason,
    attempts: 0,
    retry_at: exclusion.length > 0 && !isFull ? nowS + settings.retryBaseS : 0,
    phase_since: nowS,
  });
  if (isStored) fp("placer.cleared", instance._id);
  if (isStored && child !== null) await deps.holds.drop(child, instance._id, pairOf(instance));
}

/** An instance that has no copy is over. */
export async function close(
  deps: AssignmentDeps,
  instance: Instance,
  reason: Reason,
): Promise<void> {
  await deps.book.write(instance, {
    ...instance,
    phase: "closed",
    ...saying(deps, reason),
    status: reason === "completed" ? "COMPLETED" : "UNDEPLOYED",
  });
}

function saying(deps: AssignmentDeps, reason: Reason) {
  return { reason, status_detail: REASONS[reason], phase_since: deps.clock.nowMs() / 1000 };
}
