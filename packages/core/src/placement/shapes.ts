import { amountsRefusal } from "./demand.ts";
import type { Shape } from "./entry.ts";
import { CODE, FITS } from "./refusal-reasons.ts";
import type { Amounts } from "./units.ts";

/** Holds that the shapes do not show yet: granted by the parent, not counted by the cluster's report. */
export interface Pending extends Amounts {
  count: number;
  /** how many of them claim a host port that is asked for too */
  claimsOfPorts: number;
}

/**
 * Whether some worker of a cluster carries `need` for certain. Which workers take the pending holds is the
 * cluster's choice, so the worst choice is assumed. Otherwise the reason of the shape that came closest.
 * @param platform verdicts by number of traits
 */
export function shapesRefusal(
  shapes: readonly Shape[],
  need: Amounts,
  platform: Uint8Array,
  pending: Pending,
): number {
  let carriers = 0;
  let closest = CODE.no_active_worker;
  for (const shape of shapes) {
    const refusal = shapeRefusal(shape, need, platform);
    if (refusal === FITS) carriers += shape.count;
    else if (refusal > closest) closest = refusal;
  }
  if (carriers === 0) return closest;
  if (carriers > pending.count) return FITS;
  const fitting = shapes.filter((shape) => shapeRefusal(shape, need, platform) === FITS);
  return carriers > mostSpoiled(fitting, need, pending) ? FITS : CODE.promised;
}

function shapeRefusal(shape: Shape, need: Amounts, platform: Uint8Array): number {
  const verdict = platform[shape.traits] ?? FITS;
  return verdict === FITS ? amountsRefusal(shape, need) : verdict;
}

/**
 * The most workers that the pending holds can make too small for `need`, however they are spread. A worker is
 * spoiled once it has given away more of one resource than its slack; each hold touches one worker.
 */
function mostSpoiled(fitting: readonly Shape[], need: Amounts, pending: Pending): number {
  const byResource = (["vcpus", "memory", "vgpus", "addresses"] as const).map((resource) =>
    need[resource] > 0 ? spoiledIn(fitting, need, pending, resource) : 0,
  );
  const spoiled = byResource.reduce((sum, count) => sum + count, pending.claimsOfPorts);
  return Math.min(pending.count, spoiled);
}

/** Fewest units first: how many workers `pending` can push below `need` in one resource. */
function spoiledIn(
  fitting: readonly Shape[],
  need: Amounts,
  pending: Amounts,
  resource: keyof Amounts,
): number {
  // Addresses go one by one, each as large as the one that is needed.
  const least = resource === "addresses" ? need.addresses : 1;
  const costs = fitting
    .map((shape) => ({ count: shape.count, cost: shape[resource] - need[resource] + least }))
    .sort((left, right) => left.cost - right.cost);
  let budget = pending[resource];
  let spoiled = 0;
  for (const { count, cost } of costs) {
    const affordable = Math.min(count, Math.floor(budget / cost));
    spoiled += affordable;
    budget -= affordable * cost;
    if (affordable < count) break;
  }
  return spoiled;
}
