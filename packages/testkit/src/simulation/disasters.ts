import type { Job } from "@oak/contracts";
import { wantedCount } from "@oak/core";
import { without } from "@oak/system-manager/core";
import type { Intent } from "./intent.ts";
import type { Judge } from "./judge.ts";
import type { StoredAssignment } from "./machine.ts";
import { isListedCopy, orphanKeys } from "./orphans.ts";
import type { DiskCopy, TierDisk } from "./tier-disk.ts";
import type { Node, World } from "./world.ts";

/** A tier whose database will be lost. */
export interface Victim {
  node: Node;
  disk: TierDisk;
  /** its database at some moment in the time of mishaps; undefined when none was taken */
  copy(): DiskCopy | undefined;
}

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();
const EMPTY: DiskCopy = {
  instances: NOTHING,
  candidates: NOTHING,
  jobs: NOTHING,
  notes: NOTHING,
};

/** Undefined when the scenario has no disaster. */
export function chooseVictim(world: World): Victim | undefined {
  const { random, clusters, scenario, time } = world;
  if (scenario.disaster === "none") return undefined;
  const isOfRoot = scenario.disaster.startsWith("root");
  const cluster = random.pick([...clusters.values()]);
  const disk = isOfRoot ? world.rootDisk : cluster.disk;
  let copy: DiskCopy | undefined;
  const take = (): void => {
    if (isFitForBackup(world, disk)) copy = disk.copy();
    else time.after(500, take);
  };
  const { faultyMs, isStruckInTrouble } = scenario;
  time.after(random.between(500, isStruckInTrouble ? 0.4 * faultyMs : faultyMs), take);
  return { node: isOfRoot ? world.root : cluster, disk, copy: () => copy };
}

/** After its start a root waits for the clusters that it has as alive: one that it has as lost gets no say. */
function isFitForBackup({ rootDisk }: World, disk: TierDisk): boolean {
  const clusters = disk === rootDisk ? [...disk.candidates.values()] : [];
  return clusters.every(({ liveness }) => liveness === "alive");
}

interface Run {
  world: World;
  judge: Judge;
  intent: Intent;
}

/** Puts an older database or an empty one in the place of a tier's. */
export function strike({ world, judge, intent }: Run, { node, disk, copy }: Victim): void {
  // It may have been taken out meanwhile.
  if (disk !== world.rootDisk && !world.clusters.has(disk.name)) return;
  const { disaster, isStruckInTrouble } = world.scenario;
  const before = disaster.endsWith("restore") ? copy() : EMPTY;
  if (before === undefined) return;
  world.struck.add(disk.name);
  if (isStruckInTrouble) world.struckInTrouble.add(disk.name);
  world.trace?.(`database of ${disk.name} is lost`, { disaster });
  judge.forget(disk.name);
  if (disk === world.rootDisk) {
    intent.forget();
  }
  node.kill();
  if (before === EMPTY) disk.wipe();
  else disk.restore(before);
  if (disk === world.rootDisk) tidyUp(world, intent);
}

/**
 * Strikes while everything else runs well: what is healthy must go on, untouched; what the root does not want
 * any more is listed for a person.
 */
export async function strikeAtRest(
  run: Run,
  victim: Victim,
  settle: () => Promise<void>,
): Promise<void> {
  const { world, judge, intent } = run;
  const before = containerIds(world);
  const oneShots = keysOf(world, ({ isOneShot }) => isOneShot);
  // A cluster that has to find out what it knows names nobody, and what is not named ends for a while.
  const isNamingNobody = world.scenario.disaster.startsWith("cluster");
  const unnamed = keysOf(
    world,
    ({ exclusive_ttl_s }) => isNamingNobody && exclusive_ttl_s !== undefined,
  );
  strike(run, victim);
  const deleted = unwanted(world, before, intent);
  const wanted = intent.wanted();
  await settle();
  const after = containerIds(world);
  const stillWanted = intent.wanted();
  for (const [key, container] of before) {
    if (deleted.has(key) || unnamed.has(key) || stillRuns(world, key, container)) continue;
    // What does its work once, and goes on for nobody, may have come to its end.
    if (oneShots.has(key) && after.get(key) === undefined) continue;
    // A wish that an older database has not heard of, or does not know to be answered, is answered now.
    if (hasMoved(world, key)) continue;
    // A rollout that the older database was in the middle of goes on.
    if (wanted.has(key) && !stillWanted.has(key)) continue;
    judge.report(`${key} was healthy and has been restarted (${container})`);
  }
}

function hasMoved({ clusters }: World, key: string): boolean {
  return [...clusters.values()].some(({ disk }) => disk.instances.get(key)?.reason === "moved");
}

/** Instances of which a worker has a record like this. */
function keysOf(
  { workers }: World,
  isMeant: (record: StoredAssignment) => boolean,
): ReadonlySet<string> {
  const records = [...workers.values()].flatMap(({ machine }) => [...machine.records.values()]);
  return new Set(records.filter(isMeant).map(({ key }) => key));
}

/** A person withdraws what came back with the old database, as far as orphans have its room. */
function tidyUp(world: World, intent: Intent): void {
  const { rootDisk, scenario } = world;
  const wanted = intent.wanted();
  const orphans = orphanKeys(world, (key) => wanted.has(key));
  // While a service is updated, fewer may run than are wanted in the end.
  const more = [...rootDisk.jobs.values()].filter((job) => !job.deleted).map(extraOf);
  const total = more.reduce((sum, count) => sum + count, wanted.size + orphans.size);
  let excess = total - scenario.mostMembers;
  const running = containerIds(world);
  for (const job of [...rootDisk.jobs.values()]) {
    const leaving = job.members.filter((number) => {
      const isBack = excess > 0 && !running.has(`${job._id}/${number}`);
      if (isBack) excess -= 1;
      return isBack;
    });
    if (leaving.length > 0) {
      rootDisk.jobs.put(job._id, { ...job, ...without(job, leaving).patch, rev: job.rev + 1 });
    }
  }
}

const extraOf = (job: Job): number => Math.max(0, wantedCount(job) - job.members.length);

/**
 * What ran and may end: with a sound root, what it does not want (nobody asks for less while it settles); with
 * an older one only what that one has on record and does not want. What it has no record of goes on.
 */
function unwanted(
  { rootDisk, struck }: World,
  before: ReadonlyMap<string, string>,
  intent: Intent,
): Set<string> {
  const wanted = intent.wanted();
  const isOnRecord = (key: string): boolean =>
    !struck.has(rootDisk.name) || rootDisk.instances.get(key) !== undefined;
  return new Set([...before.keys()].filter((key) => !wanted.has(key) && isOnRecord(key)));
}

/** Also beside another copy: as one that is listed for a person. */
function stillRuns({ workers }: World, key: string, container: string): boolean {
  return [...workers.values()].some(({ machine }) => {
    const found = machine.containers.get(key);
    return found?.isRunning === true && container === `${machine.id} ${found.id}`;
  });
}

/**
 * Which container of which worker runs each instance. One that is listed for a person counts only where nothing
 * else runs: beside the copy that is meant it may end.
 */
function containerIds(world: World): Map<string, string> {
  const ids = new Map<string, string>();
  const add = (isListed: boolean): void => {
    for (const { machine } of world.workers.values()) {
      for (const [key, { id, isRunning }] of machine.containers.entries()) {
        if (!isRunning || isListedCopy(world, machine, key) !== isListed) continue;
        if (!isListed || !ids.has(key)) ids.set(key, `${machine.id} ${id}`);
      }
    }
  };
  add(false);
  add(true);
  return ids;
}
