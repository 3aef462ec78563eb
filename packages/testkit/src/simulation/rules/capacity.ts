import type { Candidate, Instance } from "@oak/contracts";
import { comparePairs, currentObservation, sumHolds } from "@oak/core";
import type { Report, Rule } from "../judge.ts";
import type { TierDisk } from "../tier-disk.ts";
import type { World } from "../world.ts";
import { placesOf } from "./places.ts";

/** Holds never exceed what there is, and every assignment has its hold. */
export function createCapacityRules(world: World, report: Report): Rule {
  const checks = [
    watchHolds(world.rootDisk, report, createRootNeed(world.rootDisk)),
    ...[...world.clusters.values()].map(({ disk }) => {
      disk.candidates.onChange((id, before, after) => {
        if (after === undefined || after.holds === before?.holds) return;
        checkAmounts(disk.name, id, after, report);
      });
      return watchHolds(disk, report, placesOf);
    }),
  ];
  return {
    check: () => {
      for (const check of checks) check();
    },
  };
}

function checkAmounts(tier: string, id: string, candidate: Candidate, report: Report): void {
  const { vcpus, memory } = sumHolds(candidate.holds);
  const { allocatable } = candidate;
  if (vcpus > allocatable.vcpus || memory > allocatable.memory) {
    report(`${tier}: holds exceed what ${id} has`);
  }
}

type NeedOf = (instance: Instance) => ReturnType<typeof placesOf>;

/**
 * At the root a hold lasts until the cluster's report counts the instance in its own figures. One that was
 * learned from a cluster is in those figures from the beginning.
 */
function createRootNeed(disk: TierDisk): NeedOf {
  const counted = new Map<string, number>();
  disk.instances.onChange((key, _before, after) => {
    if (after === undefined) counted.delete(key);
    else if (currentObservation(after)?.worker_id !== undefined) counted.set(key, after.epoch);
  });
  return (instance) => {
    const isCounted = counted.get(instance._id) === instance.epoch || instance.reason === "adopted";
    const isOpen = instance.phase === "assigned" && !isCounted;
    return isOpen ? placesOf({ ...instance, fenced: [] }) : [];
  };
}

function watchHolds(disk: TierDisk, report: Report, needOf: NeedOf): () => void {
  const changed = new Set<string>();
  disk.instances.onChange((key) => changed.add(key));
  disk.candidates.onChange((_id, before, after) => {
    if (before?.holds === after?.holds) return;
    for (const key of Object.keys(before?.holds ?? {})) {
      if (after?.holds[key] !== before?.holds[key]) changed.add(key);
    }
  });
  return () => {
    if (changed.size === 0) return;
    for (const key of changed) {
      const instance = disk.instances.get(key);
      if (instance === undefined) continue;
      for (const { child, pair } of needOf(instance)) {
        const candidate = disk.candidates.get(child);
        const hold = candidate?.holds[key];
        if (candidate !== undefined && (hold === undefined || comparePairs(hold, pair) < 0)) {
          report(`${disk.name}: ${key} has no hold at ${child}`);
        }
      }
    }
    changed.clear();
  };
}
