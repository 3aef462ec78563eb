import type { Candidate, Hold, Instance } from "@oak/contracts";
import { comparePairs, currentObservation, sumHolds } from "@oak/core";
import type { Report, Rule } from "../judge.ts";
import type { TierDisk } from "../tier-disk.ts";
import { SAID_TO_BE_THERE } from "../tier-store.ts";
import type { World } from "../world.ts";
import { placesOf } from "./places.ts";

/** Holds never exceed what there is, and every assignment has its hold. */
export function createCapacityRules(world: World, report: Report): Rule {
  const checks = [
    watchHolds(world.rootDisk, report, createRootNeed(world.rootDisk)),
    ...[...world.clusters.values()].map(({ disk }) => {
      disk.candidates.onChange((id, before, after) => {
        if (after === undefined || after.holds === before?.holds) return;
        checkAmounts(disk.name, { id, before, after }, report);
      });
      return watchHolds(disk, report, placesOf);
    }),
  ];
  for (const { machine } of world.workers.values()) {
    machine.containers.onChange(() => {
      const running = [...machine.containers.entries()].filter(([, c]) => c.isRunning).length;
      if (running > machine.vcpus) report(`${machine.id} runs more than it has room for`);
    });
  }
  return {
    check: () => {
      for (const check of checks) check();
    },
  };
}

interface HoldChange {
  id: string;
  before: Candidate | undefined;
  after: Candidate;
}

/** What runs already may be held beside what an older database has given away; nothing else. */
function checkAmounts(tier: string, { id, before, after }: HoldChange, report: Report): void {
  const { vcpus, memory } = sumHolds(after.holds);
  const { allocatable } = after;
  if (vcpus <= allocatable.vcpus && memory <= allocatable.memory) return;
  const isPlaced = ([key, hold]: [string, Hold]): boolean =>
    hold !== before?.holds[key] && hold.since !== SAID_TO_BE_THERE;
  if (Object.entries(after.holds).some(isPlaced)) report(`${tier}: holds exceed what ${id} has`);
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
