import type { InstanceKey } from "@oak/contracts";
import { type PlacingDeps, writeCounted } from "./place-instance.ts";

export type RefreshDeps = Pick<PlacingDeps, "book" | "holds" | "ledger">;

/**
 * Runs one decision about an instance on what is stored of it, even when the answer to the last change was
 * lost, and again later while such a change may still come about (protocol rule 11).
 * @param decide returns monotonic milliseconds when to look again, or undefined
 * @returns the sooner of that time and the end of the doubt
 */
export async function decideRefreshed(
  deps: RefreshDeps,
  key: InstanceKey,
  decide: () => Promise<number | undefined>,
): Promise<number | undefined> {
  const certainAtMs = await deps.book.refresh(key);
  let againAtMs = await decide();
  if (deps.book.takeSurprise(key)) {
    await countAgain(deps, key);
    againAtMs = await decide();
  }
  if (certainAtMs === undefined || againAtMs === undefined) return certainAtMs ?? againAtMs;
  return Math.min(certainAtMs, againAtMs);
}

/**
 * A change that was stored without our knowledge has a number that the child's cursor may have passed
 * meanwhile: under a new one it is told again.
 */
async function countAgain(deps: RefreshDeps, key: InstanceKey): Promise<void> {
  const instance = deps.book.get(key);
  if (instance === undefined) return;
  const { child, move } = instance;
  if (child !== null) {
    await writeCounted(deps, child, instance, (want_rev) => ({ ...instance, want_rev }));
  }
  if (move?.child == null) return;
  const latest = deps.book.get(key);
  if (latest?.move?.child !== move.child) return;
  await writeCounted(deps, move.child, latest, (want_rev) => ({
    ...latest,
    move: { ...move, want_rev },
  }));
}
