import type { Instance, Job } from "@oak/contracts";
import { comparePairs, currentObservation, sumHolds } from "@oak/core";
import type { ClusterKnown } from "@oak/node-engine/follow";
import type { Intent } from "./intent.ts";
import type { Machine, StoredAssignment } from "./machine.ts";
import { isListedCopy, type OrphanOfCluster, orphansOf } from "./orphans.ts";
import { placesOf } from "./rules/places.ts";
import { openRollouts } from "./settled-rollouts.ts";
import type { TierDisk } from "./tier-disk.ts";
import type { World } from "./world.ts";

/**
 * What is left to do until everything runs as it is wanted and nothing is left over; empty when the system
 * has settled. Looks no further than it is asked: mostly all that matters is whether there is anything.
 */
export function* openMatters(world: World, intent: Intent): Generator<string> {
  const wanted = intent.wanted();
  const orphans = orphansOf(world, (key) => wanted.has(key));
  yield* unlistedOrphans(world, orphans);
  const running = runningCopies(world);
  const isOrphan = (key: string): boolean => orphans.some((orphan) => orphan.key === key);
  const isOver = (key: string): boolean => isDone(wanted.get(key)) && !isOrphan(key);
  for (const link of world.writtenOff) yield `${link} has not joined again`;
  for (const [key, job] of wanted) {
    const copies = running.get(key) ?? 0;
    const shown = world.rootDisk.instances.get(key);
    const found = job.one_shot === true ? oneShotFault(shown, copies) : serviceFault(shown, copies);
    if (found !== undefined) yield `${key} ${found}`;
    if (job.one_shot !== true) yield* disagreements(world, key);
  }
  for (const [key, copies] of running) {
    if (wanted.has(key) || isOncePerCluster(world, key, orphans)) continue;
    yield `${key} is left over, ${copies} times`;
  }
  yield* openRollouts(world);
  yield* rootLeftovers(world.rootDisk, wanted);
  for (const { disk } of world.clusters.values()) {
    // Its root counts anew: what was closed under the old count is only passed when the new one gets there.
    const isForgiven = (key: string): boolean =>
      world.estranged.has(disk.name) && disk.instances.get(key)?.phase === "closed";
    yield* clusterLeftovers(disk, (key) => isOver(key) && !isForgiven(key));
    yield* idleHolds(world, disk);
  }
  for (const { machine } of world.workers.values()) yield* workerLeftovers(world, machine, isOver);
}

/** What goes on although the root does not want it must be shown to a person. */
function* unlistedOrphans(world: World, orphans: readonly OrphanOfCluster[]): Generator<string> {
  if (orphans.length === 0) return;
  const { candidates } = world.rootDisk;
  const listed = new Set(
    [...(world.root.process?.core.orphans.values() ?? [])].map(
      ({ cluster_id, key }) => `${candidates.get(cluster_id)?.candidate_name} ${key}`,
    ),
  );
  for (const { cluster, key } of orphans)
    if (!listed.has(`${cluster} ${key}`)) yield `orphan ${key} of ${cluster} is not listed`;
}

/** Whether it runs once, in each cluster that is listed with it and nowhere else. */
function isOncePerCluster(world: World, key: string, orphans: readonly OrphanOfCluster[]): boolean {
  const running = [...world.workers.values()]
    .filter(({ machine }) => runsFor(world, machine, key))
    .map(({ machine }) => machine.cluster);
  const isListed = (cluster: string): boolean =>
    orphans.some((orphan) => orphan.cluster === cluster && orphan.key === key);
  return new Set(running).size === running.length && running.every(isListed);
}

/** A copy that its cluster lists for a person does not count. */
function runsFor(world: World, machine: Machine, key: string): boolean {
  return machine.containers.get(key)?.isRunning === true && !isListedCopy(world, machine, key);
}

/**
 * A worker of which the present database has never wanted anything keeps the memory of deletions that an
 * earlier one asked for, until it does.
 */
function isMemoryOfAnother(machine: Machine, record: StoredAssignment): boolean {
  const known = machine.notes.get("known") as ClusterKnown | undefined;
  const isOfAnother = known?.cursor === 0 && known.incarnation !== record.incarnation;
  return isOfAnother && !record.wanted;
}

/** How many containers of each instance run, anywhere. */
export function runningCopies(world: World): Map<string, number> {
  const running = new Map<string, number>();
  for (const { machine } of world.workers.values()) {
    for (const [key, { isRunning }] of machine.containers.entries()) {
      if (!isRunning || isListedCopy(world, machine, key)) continue;
      running.set(key, (running.get(key) ?? 0) + 1);
    }
  }
  return running;
}

/** Whether the cluster means the copy that runs, by its numbers. */
function disagreements(world: World, key: string): string[] {
  return [...world.workers.values()].flatMap(({ machine }) => {
    const container = machine.containers.get(key);
    if (container === undefined || isListedCopy(world, machine, key)) return [];
    const instance = world.clusters.get(machine.cluster)?.disk.instances.get(key);
    const isMeant =
      instance?.child === machine.id &&
      instance.phase === "assigned" &&
      comparePairs(instance, container) === 0;
    return isMeant ? [] : [`${key} runs on ${machine.id} under numbers of its own`];
  });
}

/** Nothing below the root keeps an instance that was deleted, or has done its work. */
const isDone = (job: Job | undefined): boolean => job === undefined || job.one_shot === true;

function serviceFault(shown: Instance | undefined, copies: number): string | undefined {
  if (copies !== 1) return `runs ${copies} times`;
  const seen = shown && currentObservation(shown);
  return seen?.status === "RUNNING" ? undefined : `is shown as ${seen?.status} at the root`;
}

function oneShotFault(shown: Instance | undefined, copies: number): string | undefined {
  if (copies !== 0) return `runs ${copies} times`;
  const isDone = shown?.phase === "closed" && shown.status === "COMPLETED";
  return isDone ? undefined : `is shown as ${shown?.status} at the root`;
}

function* rootLeftovers(disk: TierDisk, wanted: Map<string, Job>): Generator<string> {
  for (const job of disk.jobs.values()) if (job.deleted) yield `tombstone of ${job._id}`;
  for (const key of disk.instances.keys()) {
    if (!wanted.has(key)) yield `root keeps a record of ${key}`;
  }
  for (const { _id, holds } of disk.candidates.values()) {
    for (const key of Object.keys(holds)) yield `root holds room for ${key} at ${_id}`;
  }
}

function* workerLeftovers(
  world: World,
  machine: Machine,
  isOver: (key: string) => boolean,
): Generator<string> {
  for (const [key, record] of machine.records.entries()) {
    // Its new account has a count of its own, which has to reach the number of an old deletion.
    const isOldMemory = world.estranged.has(machine.id) && !record.wanted;
    if (isOldMemory || isListedCopy(world, machine, key)) continue;
    if (!isOver(key) || isMemoryOfAnother(machine, record)) continue;
    yield `${machine.id} keeps a record of ${key}`;
  }
  for (const [key, { isRunning }] of machine.containers.entries()) {
    if (isRunning || isListedCopy(world, machine, key)) continue;
    yield `${machine.id} keeps the ended container of ${key}`;
  }
}

function* clusterLeftovers(disk: TierDisk, isOver: (key: string) => boolean): Generator<string> {
  for (const [key, instance] of disk.instances.entries()) {
    if (isOver(key)) yield `${disk.name} keeps a record of ${key}`;
    const wish = instance.intent?.move?.id ?? 0;
    if (wish > (instance.move?.id ?? 0)) yield `${disk.name} owes an answer to a move of ${key}`;
    if (instance.move?.child != null) yield `${disk.name} still moves ${key}`;
    if (instance.fenced.length > 0) yield `${disk.name} keeps ${key} fenced`;
  }
}

/** Room is held for what may run, or is listed for a person; and no more than there is. */
function* idleHolds(world: World, disk: TierDisk): Generator<string> {
  const orphans = world.clusters.get(disk.name)?.process?.core.orphans;
  for (const { _id, holds, allocatable } of disk.candidates.values()) {
    for (const key of Object.keys(holds)) {
      const instance = disk.instances.get(key);
      const isUsed = instance !== undefined && placesOf(instance).some((p) => p.child === _id);
      if (isUsed || orphans?.has(`${_id} ${key}`) === true) continue;
      yield `${disk.name} holds room for ${key} at ${_id} for nothing`;
    }
    if (sumHolds(holds).vcpus > allocatable.vcpus) {
      yield `${disk.name} holds more than ${_id} has`;
    }
  }
}
