import { cutLink, healLink } from "./link-mishaps.ts";
import type { Removal } from "./scenario.ts";
import type { ClusterNode, WorkerNode, World } from "./world.ts";

/** An operator takes a worker or a cluster out, if the scenario says so. */
export function scheduleRemoval(world: World): void {
  const { removal } = world.scenario;
  if (removal === undefined) return;
  world.time.after(removal.atMs, () => {
    const cluster = [...world.clusters.values()][removal.cluster];
    if (removal.of === "worker") removeWorker(world, removal);
    else if (cluster !== undefined) removeCluster(world, cluster, removal);
  });
}

function removeWorker(world: World, { isComingBack }: Removal): void {
  const node = world.random.pick([...world.workers.values()]);
  const { machine } = node;
  const { id } = machine;
  world.trace?.(`${id} is taken out`, { isComingBack });
  if (isComingBack) writeOff(world, id);
  else switchOff(world, node);
  insist(world, {
    isKnown: () => world.clusters.get(machine.cluster)?.disk.candidates.get(id) !== undefined,
    remove: () => {
      const process = world.clusters.get(machine.cluster)?.process;
      if (process?.isReady() !== true) return undefined;
      return process.life.serve(() => process.removeWorker(id));
    },
    onRemoved: () => {
      if (isComingBack) joinAnew(world, node);
    },
  });
}

/** Its credential is gone with it, so it joins as a worker that nobody has met. */
function joinAnew(world: World, node: WorkerNode): void {
  const { machine } = node;
  const { id } = machine;
  world.time.after(world.random.between(2000, 15_000), () => {
    machine.id = `${id}'`;
    world.trace?.(`${id} joins anew as ${machine.id}`, {});
    world.workers.delete(id);
    world.workers.set(machine.id, node);
    world.estranged.add(machine.id);
    world.writtenOff.delete(id);
    healLink(world, id);
  });
}

function removeCluster(world: World, cluster: ClusterNode, { isComingBack }: Removal): void {
  const { name } = cluster;
  world.trace?.(`${name} is taken out`, { isComingBack });
  const ids = [...world.rootDisk.candidates.values()]
    .filter((candidate) => candidate.candidate_name === name)
    .map((candidate) => candidate._id);
  if (isComingBack) writeOff(world, name);
  else {
    world.clusters.delete(name);
    cluster.retire();
    for (const worker of [...world.workers.values()]) {
      if (worker.machine.cluster === name) switchOff(world, worker);
    }
  }
  insist(world, {
    isKnown: () => ids.some((id) => world.rootDisk.candidates.get(id) !== undefined),
    remove: () => {
      const { process } = world.root;
      if (process?.isReady() !== true) return undefined;
      return process.life.serve(async () => {
        for (const id of ids) await process.removeCluster(id);
      });
    },
    isOver: () => isComingBack && !world.writtenOff.has(name),
    onRemoved: () => {
      if (!isComingBack) return;
      world.time.after(world.random.between(2000, 15_000), () => {
        world.trace?.(`${name} joins anew`, {});
        world.writtenOff.delete(name);
        healLink(world, name);
      });
    },
  });
}

/** It is only cut off, for as long as it takes to be removed, and longer. */
function writeOff(world: World, link: string): void {
  world.writtenOff.add(link);
  world.estranged.add(link);
  cutLink(world, link);
}

/** The machine is switched off and taken away. */
function switchOff(world: World, node: WorkerNode): void {
  const { machine } = node;
  world.workers.delete(machine.id);
  node.retire();
  for (const key of [...machine.containers.keys()]) machine.containers.remove(key);
  for (const key of [...machine.records.keys()]) machine.records.remove(key);
}

interface Request {
  /** whether the tier remembers it */
  isKnown(): boolean;
  /** undefined: nobody is there to ask */
  remove(): Promise<void> | undefined;
  onRemoved(): void;
  /** it has joined again, under whatever name it was known */
  isOver?(): boolean;
}

/** Asks until it is confirmed; again when an older database remembers what is gone. */
function insist(world: World, { isKnown, remove, onRemoved, isOver }: Request): void {
  let isConfirmed = false;
  const ask = (): void => {
    if (isOver?.() === true) return;
    if (isKnown() || !isConfirmed) {
      remove()?.then(
        () => {
          if (!isConfirmed) onRemoved();
          isConfirmed = true;
        },
        () => undefined,
      );
    }
    world.time.after(3000, ask);
  };
  world.time.after(world.random.between(0, 3000), ask);
}
