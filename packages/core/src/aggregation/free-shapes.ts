import type { Candidate, FreeShape } from "@oak/contracts";
import { normaliseArchitecture } from "../placement/architecture.ts";
import { leftOf } from "../placement/holds.ts";
import { addressesToTell, fromUnits } from "../placement/units.ts";
import { mergeShapes, mergeTwo, type OpenShape } from "./merge-shapes.ts";

/** A report stays small however large the cluster is. */
export const FREE_SHAPES_AT_MOST = 16;

/**
 * What single workers have left after holds, alike ones counted together. A shape never promises more
 * than each of its workers has: alike means the componentwise minimum. Workers without an address left
 * are told beside the others, as one shape an architecture: they promise nothing, and say why.
 * @param workers those that take new instances
 */
export function freeShapesOf(workers: readonly Candidate[]): FreeShape[] {
  const all = distinctShapes(workers);
  const offered = all.filter((shape) => shape.addresses > 0);
  const shapes = mergeShapes(offered, FREE_SHAPES_AT_MOST);
  return [...shapes, ...fullShapes(all)].map((shape) => ({
    vcpus: fromUnits(shape.vcpus),
    memory: fromUnits(shape.memory),
    vgpus: Math.floor(fromUnits(shape.vgpus)),
    ...addressesToTell(shape.addresses),
    count: shape.count,
    architecture: shape.architecture,
    virtualization: [...shape.virtualization],
  }));
}

function fullShapes(shapes: readonly OpenShape[]): OpenShape[] {
  const byArchitecture = new Map<string, OpenShape>();
  for (const shape of shapes) {
    if (shape.addresses > 0) continue;
    const known = byArchitecture.get(shape.architecture);
    byArchitecture.set(shape.architecture, known === undefined ? shape : mergeTwo(known, shape));
  }
  return [...byArchitecture.values()];
}

function distinctShapes(workers: readonly Candidate[]): OpenShape[] {
  const byKey = new Map<string, OpenShape>();
  for (const worker of workers) {
    const shape = shapeOf(worker);
    const { vcpus, memory, vgpus, addresses } = shape;
    const platform = `${shape.architecture}|${shape.virtualization.join()}`;
    const key = `${platform}|${vcpus}|${memory}|${vgpus}|${addresses}`;
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
    addresses: Math.max(0, left.addresses),
    count: 1,
    architecture: normaliseArchitecture(worker.architecture ?? ""),
    virtualization: [...new Set(worker.virtualization ?? [])].sort(),
    isChampion: false,
  };
}
