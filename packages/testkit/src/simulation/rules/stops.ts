import { comparePairs } from "@oak/core";
import type { Report, Rule } from "../judge.ts";
import type { World } from "../world.ts";

/** The cluster knows by then that it runs, however late its reports are. */
const KNOWN_MS = 12_000;

/**
 * No healthy workload is stopped without being named: the worker was sent a delete or a "gone" for it with a
 * pair at or above its own, and its cluster does not count on that very copy any more. A copy that was given
 * up is only named once another one is assigned.
 */
export function createStopRules(
  world: World,
  report: Report,
  forgetful: ReadonlySet<string>,
): Rule {
  world.onStopped.push((machine, key, container, record) => {
    if (record.wanted || comparePairs(record, container) < 0) {
      report(`${key} was ended on ${machine.id} without a decision`);
    }
    if (!machine.wasNamed(key, container)) {
      report(`${key} was ended on ${machine.id} without being named`);
    }
    const instance = world.clusters.get(machine.cluster)?.disk.instances.get(key);
    const isCountedOn =
      // A database that was put back counts on what its later self had ended.
      !forgetful.has(machine.cluster) &&
      instance?.child === machine.id &&
      instance.phase === "assigned" &&
      comparePairs(instance, record) === 0;
    if (isCountedOn) report(`${key} was ended on ${machine.id}, where it is assigned`);
  });
  world.onNamed.push((cluster, { worker, key, pair }) => {
    // A person has declared its copies gone: the cluster took their end for certain.
    if (world.estranged.has(worker)) return;
    const instance = world.clusters.get(cluster)?.process?.core.book.get(key);
    const container = world.workers.get(worker)?.machine.containers.get(key);
    if (instance === undefined || container === undefined) return;
    const isLastOne = instance.phase === "unplaced" && instance.intent?.wanted === true;
    const isHealthy = container.isRunning && world.time.nowMs() - container.startedAtMs > KNOWN_MS;
    if (isLastOne && isHealthy && comparePairs(pair, container) >= 0) {
      report(`${key} was told to end on ${worker}, and nothing is to replace it`);
    }
  });
  return {};
}
