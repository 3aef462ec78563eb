import type { Instance, Pair } from "@oak/contracts";
import { pairOf } from "@oak/core";

/** Where copies of an instance may be, by its record. */
export function placesOf(instance: Instance): { child: string; pair: Pair }[] {
  const { move } = instance;
  const own = instance.child === null ? [] : [{ child: instance.child, pair: pairOf(instance) }];
  if (move?.child != null) own.push({ child: move.child, pair: pairOf(move) });
  return [...own, ...instance.fenced.map((copy) => ({ child: copy.child, pair: pairOf(copy) }))];
}
