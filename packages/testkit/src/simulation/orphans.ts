import { instanceKey } from "@oak/contracts";
import type { Intent } from "./intent.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

export interface OrphanOfCluster {
  cluster: string;
  key: string;
}

/**
 * What clusters go on with although the root does not want it: a database was replaced, or the cluster
 * joined anew after it had been taken out by mistake, which looks the same from above. Nothing else: what a
 * sound root does not want must end.
 */
export function orphanKeys(world: World, isWanted: (key: string) => boolean): Set<string> {
  return new Set(orphansOf(world, isWanted).map(({ key }) => key));
}

/** The same with their clusters: two of them may go on with one that was given to both. */
export function orphansOf(world: World, isWanted: (key: string) => boolean): OrphanOfCluster[] {
  const orphans: OrphanOfCluster[] = [];
  // Once its counters are lifted, a root takes what its own earlier self gave for another database's.
  const isRenewed = world.struck.has("root") || world.rootDisk.identity().base > 0;
  for (const { disk } of world.clusters.values()) {
    const isDoubtful = world.estranged.has(disk.name) || world.struck.has(disk.name);
    if (!isRenewed && !isDoubtful) continue;
    for (const [key, { phase, intent }] of disk.instances.entries()) {
      const goesOn = phase !== "closed" && intent?.wanted === true;
      if (goesOn && !isWanted(key)) orphans.push({ cluster: disk.name, key });
    }
  }
  return orphans;
}

/**
 * A copy that its cluster lists for a person: the cluster lost its database, and the instance was deleted
 * before it had learned; or it, or its worker, joined anew after it had been taken out by mistake, and it
 * cannot tell that from a database that has forgotten the worker. So it stops nothing.
 */
export function isListedCopy(world: World, machine: Machine, key: string): boolean {
  const { estranged, struckInTrouble } = world;
  const { id, cluster } = machine;
  if (!estranged.has(id) && !estranged.has(cluster) && !struckInTrouble.has(cluster)) return false;
  const listed = world.clusters.get(cluster)?.process?.core.orphans;
  return listed?.has(`${machine.id} ${key}`) === true;
}

/** A person ends what workers go on with although nobody wants it: something else may wait for its room. */
export function endOrphans({ clusters }: World, intent: Pick<Intent, "wanted">): void {
  const wanted = intent.wanted();
  for (const { process } of clusters.values()) {
    for (const { worker_id, job_id, instance_number } of process?.core.orphans.values() ?? []) {
      const key = instanceKey(job_id, instance_number);
      if (!wanted.has(key)) process?.core.endOrphan(worker_id, key);
    }
  }
}
