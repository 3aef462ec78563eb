import type { Report, Rule } from "../judge.ts";
import { isListedCopy } from "../orphans.ts";
import type { World } from "../world.ts";
import { placesOf } from "./places.ts";

/**
 * Every running copy is known to its cluster as the assigned one, one being released, the second one of a move
 * or a fenced one, and the root has given the instance to that cluster. So two copies run only while one of them is
 * fenced or the instance moves.
 */
export function createCopyRules(
  world: World,
  report: Report,
  forgetful: ReadonlySet<string>,
): Rule {
  const changed = new Set<string>();
  const note = (key: string): unknown => changed.add(key);
  world.rootDisk.instances.onChange(note);
  for (const { disk } of world.clusters.values()) disk.instances.onChange(note);
  for (const { machine } of world.workers.values()) machine.containers.onChange(note);

  const checkCopy = (key: string, workerId: string, cluster: string): void => {
    const { estranged } = world;
    if (forgetful.has(cluster) || estranged.has(cluster) || estranged.has(workerId)) return;
    const { machine } = world.workers.get(workerId) ?? {};
    if (machine !== undefined && isListedCopy(world, machine, key)) return;
    const instance = world.clusters.get(cluster)?.disk.instances.get(key);
    const places = instance === undefined ? [] : placesOf(instance);
    if (!places.some(({ child }) => child === workerId)) {
      report(`${key} runs on ${workerId}, and ${cluster} knows nothing of it`);
    }
    if (forgetful.has("root")) return;
    const given = world.rootDisk.instances.get(key);
    // What one database has lost, or the other has got back, goes on as an orphan.
    if (given === undefined && (world.struck.has("root") || world.struck.has(cluster))) return;
    const names = (given === undefined ? [] : placesOf(given)).map(
      ({ child }) => world.rootDisk.candidates.get(child)?.candidate_name,
    );
    if (!names.includes(cluster)) {
      report(`${key} runs in ${cluster}, and the root gave it to ${names.join(", ") || "nobody"}`);
    }
  };
  return {
    check: () => {
      if (changed.size === 0) return;
      for (const key of changed) {
        for (const { machine } of world.workers.values()) {
          if (machine.containers.get(key)?.isRunning !== true) continue;
          checkCopy(key, machine.id, machine.cluster);
        }
      }
      changed.clear();
    },
  };
}
