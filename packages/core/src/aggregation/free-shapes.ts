import type { Candidate, FreeShape } from "@oak/contracts";
import { normaliseArchitecture } from "../placement/architecture.ts";
import { leftOf } from "../placement/holds.ts";
import { fromUnits } from "../placement/units.ts";
import { mergeShapes, type OpenShape } from "./merge-shapes.ts";

/** A report stays small however large the cluster is. */
export const FREE_SHAPES_AT_MOST = 16;

/**
 * What single workers have left after holds, alike ones counted together. A shape never promises more
 * than each of its workers has: alike means the componentwise minimum.
 * @param workers those that take new instances
 */
export function freeShapesOf(workers: readonly Candidate[]): FreeShape[] {
  const shapes = mergeShapes(distinctShapes(workers), FREE_SHAPES_AT_MOST);
  return shapes.map((shape) => ({
    vcpus: fromUnits(shape.vcpus),
    memory: fromUnits(shape.memory),
    vgpus: Math.floor(fromUnits(shape.vgpus)),
    count: shape.count,
    architecture: shape.architecture,
    virtualization: [...shape.virtualization],
  }));
}

function distinctShapes(workers: readonly Candidate[]): OpenShape[] {
  const byKey = new Map<string, OpenShape>();
  for (const worker of workers) {
    const shape = shapeOf(worker);
    const { vcpus, memory, vgpus } = shape;
    const key = `${shape.architecture}|${shape.virtualization.join()}|${vcpus}|${memory}|${vgpus}`;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, shape);
    else known.count += 1;
  }
  return [...byKey.values()];
}

function shapeOf(worker: Candidate): OpenShape {
  const left = leftOf(worker);
  return {
    vcpus: Math.max(0, left.vcpus),
    memory: Math.max(0, left.memory),
    vgpus: Math.max(0, left.vgpus),
    count: 1,
    architecture: normaliseArchitecture(worker.architecture ?? ""),
    virtualization: [...new Set(worker.virtualization ?? [])].sort(),
    isChampion: false,
  };
}
