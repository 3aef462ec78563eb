import { comparePairs } from "@oak/core";
import type { Report, Rule } from "../judge.ts";
import type { World } from "../world.ts";

/**
 * No healthy workload is stopped without being named: the worker was sent a delete or a "gone" for it with a
 * pair at or above its own, and its cluster does not count on that very copy any more.
 */
export function createStopRules(world: World, report: Report): Rule {
  world.onStopped.push((machine, key, container, record) => {
    if (record.wanted || comparePairs(record, container) < 0) {
      report(`${key} was ended on ${machine.id} without a decision`);
    }
    if (!machine.wasNamed(key, container)) {
      report(`${key} was ended on ${machine.id} without being named`);
    }
    const instance = world.clusters.get(machine.cluster)?.disk.instances.get(key);
    const isCountedOn =
      instance?.child === machine.id &&
      instance.phase === "assigned" &&
      comparePairs(instance, record) === 0;
    if (isCountedOn) report(`${key} was ended on ${machine.id}, where it is assigned`);
  });
  return { check: () => undefined };
}
