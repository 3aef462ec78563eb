import type { Candidate, Instance, Pair } from "@oak/contracts";
import { comparePairs, pairOf } from "@oak/core";
import type { Report, Rule } from "../judge.ts";
import type { TierDisk } from "../tier-disk.ts";
import type { World } from "../world.ts";

/** Numbers never fall, and no pair is given to two children. */
export function createNumberRules(world: World, report: Report): Rule {
  const rules = new Map<string, ReturnType<typeof watchNumbers>>();
  for (const disk of [world.rootDisk, ...[...world.clusters.values()].map((c) => c.disk)]) {
    rules.set(disk.name, watchNumbers(disk, report));
  }
  for (const { machine } of world.workers.values()) {
    machine.records.onChange((key, before, after) => {
      const fell = before !== undefined && after !== undefined && comparePairs(after, before) < 0;
      if (fell) report(`${machine.id}: the numbers of ${key} fell`);
    });
  }
  return {
    forget: (tier) => {
      rules.get(tier)?.forget();
      // An older root may want again, under its old numbers, what a cluster has closed for good.
      if (tier === world.rootDisk.name) for (const rule of rules.values()) rule.forgetClosed();
    },
  };
}

function watchNumbers(disk: TierDisk, report: Report) {
  const given = new Map<string, Pair & { child: string }>();
  const onInstance = (key: string, after: Instance): void => {
    if (after.child === null) return;
    const before = given.get(key);
    const order = before === undefined ? 1 : comparePairs(after, before);
    if (order < 0) report(`${disk.name}: the numbers of ${key} fell`);
    if (order === 0 && before?.child !== after.child) {
      report(`${disk.name}: one pair of ${key} was given to two children`);
    }
    if (order > 0) given.set(key, { ...pairOf(after), child: after.child });
  };
  const onCandidate = (id: string, before: Candidate, after: Candidate): void => {
    if (after.want_rev < before.want_rev) report(`${disk.name}: want_rev of ${id} fell`);
    if (after.session < before.session) report(`${disk.name}: the session of ${id} fell`);
  };
  let isForgetting = false;
  disk.instances.onChange((key, _before, after) => {
    if (after !== undefined && !isForgetting) onInstance(key, after);
  });
  disk.candidates.onChange((id, before, after) => {
    if (before !== undefined && after !== undefined && !isForgetting)
      onCandidate(id, before, after);
  });
  return {
    forgetClosed: (): void => {
      for (const key of given.keys()) if (disk.instances.get(key) === undefined) given.delete(key);
    },
    forget: (): void => {
      given.clear();
      isForgetting = true;
      // What is put back is put back now; from the next event on numbers count again.
      queueMicrotask(() => {
        isForgetting = false;
      });
    },
  };
}
