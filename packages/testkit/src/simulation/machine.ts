import type { InstanceKey, Need, Pair } from "@oak/contracts";
import { comparePairs } from "@oak/core";
import type { Lease } from "@oak/node-engine/leases";
import { createShelf, type Shelf } from "./shelf.ts";

/** The assignment as the worker has it on disk. */
export interface StoredAssignment extends Pair {
  key: InstanceKey;
  job_id: string;
  instance_number: number;
  incarnation: string;
  spec_rev: number;
  want_rev: number;
  wanted: boolean;
  isOneShot: boolean;
  /** it failed too often here */
  gaveUp: boolean;
  /** what a copy of it takes of the machine; absent of a deletion, which names no spec */
  need?: Need;
  /** what it is made of; absent of a deletion */
  image?: string;
  /** of an exclusive one: how long it may run without being named again */
  exclusive_ttl_s?: number;
}

/** A container as the runtime has it. */
export interface Container extends Pair {
  /** tells it from every other one that ran under the same name */
  id: number;
  incarnation: string;
  /** a one-shot workload that has ended well stays until it is removed */
  isRunning: boolean;
  startedAtMs: number;
  /** what it was made of; a later command that adopts it does not change that */
  image: string | undefined;
}

/** A worker machine: its disk and its containers outlive the agent; a power cut ends the containers. */
export interface Machine {
  /** as the cluster knows it; another one when it joins anew */
  id: string;
  readonly cluster: string;
  readonly vcpus: number;
  readonly records: Shelf<StoredAssignment>;
  readonly notes: Shelf<unknown>;
  /** by instance: the runtime refuses a second one of the same name */
  readonly containers: Shelf<Container>;
  /** how often the workload of an instance was restarted here */
  readonly restarts: Map<InstanceKey, number>;
  /** rights of exclusive copies to run, as far as they are written down; gone with the power */
  leases: readonly Lease[];
  /** jobs that can not run here */
  readonly unfit: ReadonlySet<string>;
  /** Notes that a command which ends this copy and older ones has arrived. */
  named(key: InstanceKey, pair: Pair): void;
  /** Whether one has arrived that covers this pair. */
  wasNamed(key: InstanceKey, pair: Pair): boolean;
  /** Notes that nobody is connected to this copy, as the cluster is told. */
  saidIdle(key: InstanceKey, pair: Pair): void;
  wasSaidIdle(key: InstanceKey, pair: Pair): boolean;
  nextContainerId(): number;
}

export function createMachine(about: Pick<Machine, "id" | "cluster" | "vcpus" | "unfit">): Machine {
  const names = new Map<InstanceKey, Pair>();
  const idle = new Map<InstanceKey, Pair>();
  let containers = 0;
  return {
    ...about,
    records: createShelf(),
    notes: createShelf(),
    containers: createShelf(),
    restarts: new Map(),
    leases: [],
    named: (key, pair) => {
      const before = names.get(key);
      if (before === undefined || comparePairs(pair, before) > 0) names.set(key, pair);
    },
    wasNamed: (key, pair) => {
      const highest = names.get(key);
      return highest !== undefined && comparePairs(highest, pair) >= 0;
    },
    saidIdle: (key, { epoch, placement }) => void idle.set(key, { epoch, placement }),
    wasSaidIdle: (key, pair) => {
      const said = idle.get(key);
      return said !== undefined && comparePairs(said, pair) === 0;
    },
    nextContainerId: () => {
      containers += 1;
      return containers;
    },
  };
}

/** Ends everything that runs, as a power cut does. */
export function cutPower(machine: Machine): void {
  machine.leases = [];
  for (const [key, { isRunning }] of machine.containers.copy()) {
    if (isRunning) machine.containers.remove(key);
  }
}
