import type { Instance, InstanceKey } from "@oak/contracts";
import { comparePairs, currentObservation } from "@oak/core";
import type { Report, Rule } from "../judge.ts";
import type { World } from "../world.ts";

/**
 * A move takes nothing from anybody: the assignment leaves a copy that is well only for one that has reported that it
 * runs, and the copy that was left is not named before its connections had their time, unless its worker says that there are none.
 */
export function createMoveRules(world: World, report: Report): Rule {
  for (const [cluster, { disk }] of world.clusters) {
    const isSilent = (worker: string): boolean => {
      const liveness = world.clusters.get(cluster)?.process?.core.roster.livenessOf(worker);
      return liveness === "lost" || liveness === "removed";
    };
    disk.instances.onChange((key, before, after) => {
      if (before === undefined || after === undefined || !isHandover(before, after)) return;
      const isWell = isRunning(before, before.seen) && !isSilent(before.child ?? "");
      if (isWell && currentObservation(after)?.status !== "RUNNING") {
        report(`${key} left ${before.child}, and does not run on ${after.child}`);
      }
    });
  }
  world.onNamed.push((cluster, { worker, key, pair }) => {
    const { process } = world.clusters.get(cluster) ?? {};
    const instance = process?.core.book.get(key);
    if (instance?.phase !== "assigned" || instance.intent?.wanted !== true) return;
    const left = instance.fenced.find(({ child }) => child === worker);
    const nowS = world.clocks.of(cluster).nowMs() / 1000;
    if (left?.ends_at === undefined || left.ends_at - nowS > LONGEST_S) return;
    const { machine } = world.workers.get(worker) ?? {};
    if (machine?.wasSaidIdle(key, left) === true) return;
    const container = machine?.containers.get(key);
    if (container?.isRunning !== true || comparePairs(pair, container) < 0) return;
    if (nowS < left.ends_at) report(`${key} was told to end on ${worker} while it is drained`);
  });
  return {};
}

/** No drain lasts longer; what seems to is from before the clock was set back. */
const LONGEST_S = 120;

function isHandover(before: Instance, after: Instance): boolean {
  const isOther = before.child !== null && after.child !== null && before.child !== after.child;
  return isOther && before.move?.child === after.child;
}

/** By its own report, or by that of the copy to which it moves. */
function isRunning(instance: Instance, seen: Instance["seen"]): boolean {
  return seen?.status === "RUNNING" && comparePairs(seen, instance) === 0;
}

/** Whether two copies run because somebody has asked for a move. */
export function isOnTheMove({ clusters }: World, key: InstanceKey): boolean {
  for (const { disk } of clusters.values()) {
    const instance = disk.instances.get(key);
    if (instance === undefined) continue;
    const isLeft = instance.fenced.some(({ ends_at }) => ends_at !== undefined);
    if (isLeft || instance.move?.child != null) return true;
  }
  return false;
}
