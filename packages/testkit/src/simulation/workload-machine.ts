import type { HeldCopy, InstanceKey } from "@oak/contracts";
import { pairOf } from "@oak/core";
import type { ProcessLife } from "./process-life.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** The assignment as the worker has it on disk. */
export interface StoredAssignment {
  key: InstanceKey;
  job_id: string;
  instance_number: number;
  incarnation: string;
  epoch: number;
  placement: number;
  spec_rev: number;
  want_rev: number;
  wanted: boolean;
  gaveUp: boolean;
}

/** A worker machine: its disk and its containers outlive the agent; a power cut ends the containers. */
export interface Machine {
  records: Map<InstanceKey, StoredAssignment>;
  notes: Map<string, unknown>;
  /** running containers, one an instance at most (the runtime refuses a second of the same name) */
  containers: Map<InstanceKey, { epoch: number; placement: number; incarnation: string }>;
  /** containers that were ended by the agent, for the invariant that each end was asked for */
  ended: { key: InstanceKey; wasNamed: boolean }[];
}

export function createMachine(): Machine {
  return { records: new Map(), notes: new Map(), containers: new Map(), ended: [] };
}

interface EngineOptions {
  machine: Machine;
  time: VirtualTime;
  random: SeededRandom;
  life: ProcessLife;
  /** chance that a workload fails for good on this worker */
  giveUp(): boolean;
  report(copy: HeldCopy): void;
  /** a durable change that may kill the agent */
  change<T>(apply: () => T): Promise<T>;
}

/** A scripted engine: pulls, starts and stops take time, and some workloads never come up. */
export function createScriptedEngine(options: EngineOptions) {
  const { machine, time, random, life } = options;
  const statuses = new Map<InstanceKey, HeldCopy["status"]>();

  const copyOf = (record: StoredAssignment): HeldCopy => {
    const { key: _key, gaveUp: _gaveUp, ...numbers } = record;
    return {
      ...numbers,
      job_name: "",
      status: statusOf(record),
      status_detail: "",
    };
  };

  const statusOf = (record: StoredAssignment): HeldCopy["status"] => {
    const container = machine.containers.get(record.key);
    if (!record.wanted) return container === undefined ? "UNDEPLOYED" : "RUNNING";
    if (container !== undefined) return "RUNNING";
    return record.gaveUp ? "FAILED" : "CREATING";
  };

  const tell = (key: InstanceKey): void => {
    const record = machine.records.get(key);
    if (record === undefined) return;
    const copy = copyOf(record);
    statuses.set(key, copy.status);
    options.report(copy);
  };

  /** Works towards the record: level-triggered, so a repetition is harmless. */
  const converge = (key: InstanceKey): void => {
    const record = machine.records.get(key);
    const container = machine.containers.get(key);
    if (record === undefined || (record.wanted && record.gaveUp)) return;
    if (record.wanted && container !== undefined) {
      machine.containers.set(key, { ...pairOf(record), incarnation: record.incarnation });
      tell(key);
      return;
    }
    if (!record.wanted && container === undefined) {
      tell(key);
      return;
    }
    time.after(
      random.between(20, 400),
      life.when(() => finish(key)),
    );
  };

  const finish = (key: InstanceKey): void => {
    const record = machine.records.get(key);
    if (record === undefined) return;
    if (!record.wanted) {
      if (machine.containers.delete(key)) machine.ended.push({ key, wasNamed: true });
      tell(key);
      return;
    }
    if (machine.containers.has(key) || record.gaveUp) return tell(key);
    if (options.giveUp()) {
      void options
        .change(() => machine.records.set(key, { ...record, gaveUp: true }))
        .then(() => tell(key));
      return;
    }
    machine.containers.set(key, { ...pairOf(record), incarnation: record.incarnation });
    tell(key);
  };

  return {
    start: () => {
      for (const key of machine.records.keys()) converge(key);
    },
    get: (key: InstanceKey): HeldCopy | undefined => {
      const record = machine.records.get(key);
      return record === undefined ? undefined : copyOf(record);
    },
    all: (): HeldCopy[] => [...machine.records.values()].map(copyOf),
    upsert: async (assignment: Omit<StoredAssignment, "gaveUp">): Promise<void> => {
      const { key, job_id, instance_number, incarnation, ...numbers } = assignment;
      const { epoch, placement, spec_rev, want_rev, wanted } = numbers;
      await options.change(() =>
        machine.records.set(key, {
          ...{ key, job_id, instance_number, incarnation },
          ...{ epoch, placement, spec_rev, want_rev, wanted },
          gaveUp: false,
        }),
      );
      tell(key);
      converge(key);
    },
    forget: async (key: InstanceKey): Promise<void> => {
      await options.change(() => machine.records.delete(key));
    },
  };
}
