import type { Instance, Pair } from "@oak/contracts";
import { comparePairs, pairOf, sumHolds } from "@oak/core";
import type { TierDisk } from "./tier-store.ts";
import type { Machine } from "./workload-machine.ts";

interface Observed {
  rootDisk: TierDisk;
  clusterDisks: Map<string, TierDisk>;
  machines: Map<string, { machine: Machine; cluster: string }>;
}

/** The promises of the assignment protocol, checked on what is stored and what runs. */
export interface Invariants {
  violations: string[];
  /** after every event */
  check(): void;
  /** once, long after the last fault */
  checkSettled(): void;
  acknowledged(jobId: string, instanceNumber: number): void;
  /** a removal was asked for; whether it is stored is not known until `removed` */
  maybeRemoved(jobId: string, instanceNumber: number): void;
  removed(jobId: string, instanceNumber: number): void;
  fingerprint(): string;
}

export function createInvariants(world: Observed): Invariants {
  const violations: string[] = [];
  const highest = new Map<string, Pair>();
  const wantRevs = new Map<string, number>();
  const acknowledged = new Set<string>();
  const uncertain = new Set<string>();
  const gone = new Set<string>();
  let history = 0;

  const fail = (text: string): void => {
    if (violations.length < 20 && !violations.includes(text)) violations.push(text);
  };

  const checkNumbers = (tier: string, disk: TierDisk): void => {
    for (const instance of disk.instances.values()) {
      const name = `${tier} ${instance._id}`;
      const before = highest.get(name);
      if (before !== undefined && comparePairs(instance, before) < 0) fail(`numbers fell: ${name}`);
      highest.set(name, pairOf(instance));
    }
    for (const candidate of disk.candidates.values()) {
      const name = `${tier} ${candidate._id}`;
      if (candidate.want_rev < (wantRevs.get(name) ?? 0)) fail(`want_rev fell: ${name}`);
      wantRevs.set(name, candidate.want_rev);
    }
  };

  const checkHolds = (tier: string, disk: TierDisk): void => {
    for (const { _id, holds, allocatable } of disk.candidates.values()) {
      const held = sumHolds(holds);
      if (held.vcpus > allocatable.vcpus || held.memory > allocatable.memory) {
        fail(`holds exceed what ${tier} ${_id} has`);
      }
    }
    for (const instance of disk.instances.values()) {
      for (const { child, pair } of placesOf(instance)) {
        const hold = disk.candidates.get(child)?.holds[instance._id];
        if (hold === undefined || comparePairs(hold, pair) < 0) {
          fail(`${tier} ${instance._id} has no hold at ${child}`);
        }
      }
    }
  };

  /** Every running copy is the assigned one, being released, or fenced. */
  const checkCopies = (): void => {
    for (const [workerId, { machine, cluster }] of world.machines) {
      for (const [key, copy] of machine.containers) {
        history = (Math.imul(history, 31) + copy.epoch * 7 + copy.placement) >>> 0;
        const instance = world.clusterDisks.get(cluster)?.instances.get(key);
        const isKnown =
          instance !== undefined && placesOf(instance).some((place) => place.child === workerId);
        if (!isKnown) fail(`${key} runs on ${workerId}, and ${cluster} knows nothing of it`);
        const owner = world.rootDisk.instances.get(key)?.child;
        if (owner === null || owner === undefined) fail(`${key} runs, and the root has no cluster`);
        else if (world.rootDisk.candidates.get(owner)?.candidate_name !== cluster) {
          fail(`${key} runs in ${cluster}, and the root gave it to another cluster`);
        }
      }
    }
  };

  const checkIntent = (): void => {
    for (const key of acknowledged) {
      const [jobId = "", number = ""] = key.split("/");
      const isMember = world.rootDisk.jobs.get(jobId)?.members.includes(Number(number)) === true;
      if (!isMember && !uncertain.has(key)) fail(`acknowledged ${key} was lost`);
    }
    for (const key of gone) {
      const [jobId = "", number = ""] = key.split("/");
      const isMember = world.rootDisk.jobs.get(jobId)?.members.includes(Number(number)) === true;
      if (isMember) fail(`removed ${key} came back`);
    }
  };

  const check = (): void => {
    checkNumbers("root", world.rootDisk);
    for (const [name, disk] of world.clusterDisks) {
      checkNumbers(name, disk);
      checkHolds(name, disk);
    }
    checkCopies();
  };

  const checkSettled = (): void => {
    checkIntent();
    const wanted = new Set<string>();
    for (const job of world.rootDisk.jobs.values()) {
      for (const number of job.members) wanted.add(`${job._id}/${number}`);
    }
    const running = new Map<string, number>();
    for (const { machine } of world.machines.values()) {
      for (const key of machine.containers.keys()) running.set(key, (running.get(key) ?? 0) + 1);
    }
    for (const key of wanted) {
      if (running.get(key) !== 1) fail(`${key} runs ${running.get(key) ?? 0} times in the end`);
      const shown = world.rootDisk.instances.get(key)?.seen?.status;
      if (shown !== "RUNNING") fail(`the root shows ${key} as ${shown}`);
    }
    for (const key of running.keys()) if (!wanted.has(key)) fail(`${key} is left over`);
    checkLeftovers(world, wanted, fail);
  };

  return {
    violations,
    check,
    checkSettled,
    acknowledged: (jobId, number) => acknowledged.add(`${jobId}/${number}`),
    maybeRemoved: (jobId, number) => uncertain.add(`${jobId}/${number}`),
    removed: (jobId, number) => {
      gone.add(`${jobId}/${number}`);
      acknowledged.delete(`${jobId}/${number}`);
    },
    fingerprint: () => history.toString(16),
  };
}

/** Where copies of an instance may be, by its record. */
function placesOf(instance: Instance): { child: string; pair: Pair }[] {
  const own = instance.child === null ? [] : [{ child: instance.child, pair: pairOf(instance) }];
  return [...own, ...instance.fenced.map((f) => ({ child: f.child, pair: pairOf(f) }))];
}

function checkLeftovers(world: Observed, wanted: Set<string>, fail: (text: string) => void): void {
  const disks = [["root", world.rootDisk] as const, ...world.clusterDisks];
  for (const [tier, disk] of disks) {
    for (const key of disk.instances.keys()) {
      if (!wanted.has(key)) fail(`${tier} keeps a record of ${key}`);
    }
    for (const { _id, holds } of disk.candidates.values()) {
      for (const key of Object.keys(holds)) {
        const instance = disk.instances.get(key);
        const isUsed = instance !== undefined && placesOf(instance).some((p) => p.child === _id);
        if (!isUsed) fail(`${tier} holds room for ${key} at ${_id} for nothing`);
      }
    }
  }
  for (const [workerId, { machine }] of world.machines) {
    for (const key of machine.records.keys()) {
      if (!wanted.has(key)) fail(`${workerId} keeps a record of ${key}`);
    }
  }
}
