import type { Instance, Pair } from "@oak/contracts";
import { nextNumber } from "@oak/core";
import type { AssignmentDeps } from "../ports.ts";

/** Numbers above everything that was given or seen, also to a copy that was made for a move in vain. */
export function nextPair(
  { tier }: Pick<AssignmentDeps, "tier">,
  { intent, placement, move, fenced }: Instance,
  above: Pair,
): Pair {
  const given = [above, ...(move == null ? [] : [move]), ...fenced];
  return {
    epoch: Math.max(intent?.epoch ?? 0, ...given.map(({ epoch }) => epoch)),
    placement: nextNumber(
      Math.max(placement, ...given.map((pair) => pair.placement)),
      tier.current().base,
    ),
  };
}
