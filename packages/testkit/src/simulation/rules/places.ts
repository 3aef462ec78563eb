import type { Instance, Pair } from "@oak/contracts";
import { pairOf } from "@oak/core";

/** Where copies of an instance may be, by its record. */
export function placesOf(instance: Instance): { child: string; pair: Pair }[] {
  const own = instance.child === null ? [] : [{ child: instance.child, pair: pairOf(instance) }];
  return [...own, ...instance.fenced.map((copy) => ({ child: copy.child, pair: pairOf(copy) }))];
}
