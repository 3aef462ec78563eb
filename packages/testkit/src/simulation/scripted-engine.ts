import type { HeldCopy, InstanceKey } from "@oak/contracts";
import { needOf, pairOf } from "@oak/core";
import type { Holdings } from "@oak/node-engine/follow";
import { kindOf } from "./images.ts";
import type { Container, Machine, StoredAssignment } from "./machine.ts";
import type { ProcessLife } from "./process-life.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { freezeDeep } from "./shelf.ts";
import type { Changer } from "./tier-store.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { createWorkerLeases, type WorkerLeases } from "./worker-leases.ts";

export interface ScriptedEngineOptions {
  machine: Machine;
  time: VirtualTime;
  random: SeededRandom;
  life: ProcessLife;
  /** how long a one-shot workload takes */
  oneShotMs(): number;
  report(copy: HeldCopy): void;
  /** called when the agent itself ends a running container */
  onStopped(key: InstanceKey, container: Container, record: StoredAssignment): void;
  /** Sends a heartbeat now. */
  askAtOnce(): void;
  change: Changer;
}

export interface ScriptedEngine extends Holdings {
  /** Takes up work after a start of the agent. */
  start(): Promise<void>;
  leases: Pick<WorkerLeases, "sending" | "heard" | "enforce">;
  /** The container has ended by itself. */
  died(key: InstanceKey): void;
}

/**
 * Stands for the engine of a worker: pulls, starts and stops take time, some workloads end and some never
 * come up. It works level-triggered towards what is stored, so a repetition is harmless.
 */
export function createScriptedEngine(options: ScriptedEngineOptions): ScriptedEngine {
  const { machine, time, random, life, change } = options;
  const { containers } = machine;
  /** What the agent knows: the disk may be ahead of it after a write that failed. */
  const records = new Map(machine.records.copy());

  const store = async (record: StoredAssignment): Promise<void> => {
    await change(() => machine.records.put(record.key, record));
    records.set(record.key, record);
    leases.take(record);
  };

  /** Every heartbeat asks for all of them, and hardly one has changed. */
  const copies = new WeakMap<StoredAssignment, HeldCopy>();
  const copyOf = (record: StoredAssignment): HeldCopy => {
    const status = statusOf(record, containers.get(record.key));
    const restarts = machine.restarts.get(record.key);
    const known = copies.get(record);
    if (known?.status === status && known.restarts === restarts) return known;
    const { key: _k, gaveUp: _g, isOneShot: _o, exclusive_ttl_s: _t, image, ...numbers } = record;
    const copy = freezeDeep({
      ...{ ...numbers, job_name: "", status, status_detail: "" },
      ...(restarts === undefined ? {} : { restarts }),
      ...(status === "CREATING" && kindOf(image) === "missing" ? { reason: NO_IMAGE } : {}),
    });
    copies.set(record, copy);
    return copy;
  };
  const tell = (key: InstanceKey): void => {
    const record = records.get(key);
    if (record !== undefined) options.report(copyOf(record));
  };
  const soon = (ms: number, run: () => void): void => void time.after(ms, life.when(run));

  const converge = (key: InstanceKey): void => {
    const record = records.get(key);
    if (record === undefined) return;
    const container = containers.get(key);
    if (isRestingPoint(record, container)) {
      if (record.wanted && container !== undefined) adopt(record, container);
      tell(key);
      return;
    }
    soon(random.between(20, 400), () => finish(key));
  };

  /** A copy goes on under the numbers of a later command: nothing is restarted for them. */
  const adopt = (record: StoredAssignment, container: Container): void => {
    const { key, incarnation } = record;
    containers.put(key, { ...container, ...pairOf(record), incarnation });
  };

  const finish = (key: InstanceKey): void => {
    const record = records.get(key);
    if (record === undefined) return;
    const container = containers.get(key);
    if (!isRestingPoint(record, container)) {
      if (!record.wanted) {
        stop(key, record, container);
        return;
      }
      const kind = kindOf(record.image);
      if (machine.unfit.has(record.job_id) || kind === "failing") {
        giveUp(key, record);
        return;
      }
      // It is tried again when the cluster has named it.
      if (kind !== "missing" && !leases.isHeldBack(record)) start(record);
    }
    tell(key);
  };

  const stop = (
    key: InstanceKey,
    record: StoredAssignment,
    container: Container | undefined,
  ): void => {
    containers.remove(key);
    if (container?.isRunning === true) options.onStopped(key, container, record);
    tell(key);
  };

  const giveUp = (key: InstanceKey, record: StoredAssignment): void => {
    // A note of the agent's own: known at once, stored as well as can be.
    const failed = { ...record, gaveUp: true };
    records.set(key, failed);
    tell(key);
    change(() => {
      if (machine.records.get(key) === record) machine.records.put(key, failed);
    }).catch(() => undefined);
  };

  const start = ({ key, incarnation, isOneShot, image, ...numbers }: StoredAssignment): void => {
    const id = machine.nextContainerId();
    containers.put(key, {
      ...pairOf(numbers),
      ...{ id, incarnation, isRunning: true, startedAtMs: time.nowMs(), image },
    });
    if (kindOf(image) === "restless") awaitFall(key, id);
    else if (isOneShot) awaitEnd(key, id);
  };

  /** It ends badly whether the agent lives or not. */
  const awaitFall = (key: InstanceKey, id: number): void => {
    time.after(random.between(300, 1500), () => {
      if (containers.get(key)?.id !== id) return;
      containers.remove(key);
      life.enter(() => died(key));
    });
  };

  /** The workload ends whether the agent lives or not. */
  const awaitEnd = (key: InstanceKey, id: number): void => {
    time.after(options.oneShotMs(), () => {
      const container = containers.get(key);
      if (container?.id !== id || !container.isRunning) return;
      containers.put(key, { ...container, isRunning: false });
      life.enter(() => tell(key));
    });
  };

  const died = (key: InstanceKey): void => {
    machine.restarts.set(key, (machine.restarts.get(key) ?? 0) + 1);
    soon(random.between(100, 2000), () => converge(key));
  };

  const leases = createWorkerLeases({ ...options, records, onChange: converge });

  return {
    leases,
    start: async () => {
      await leases.load();
      for (const key of records.keys()) converge(key);
    },
    died,
    get: (key) => {
      const record = records.get(key);
      return record === undefined ? undefined : copyOf(record);
    },
    all: () => [...records.values()].map(copyOf),
    upsert: async ({ job, ...assignment }) => {
      // A deletion names no spec, and what it ends says nothing of the copy that may follow.
      const spec = assignment.wanted
        ? { isOneShot: job.one_shot === true, need: needOf(job), image: job.image }
        : { isOneShot: records.get(assignment.key)?.isOneShot === true };
      await store({ ...assignment, ...spec, gaveUp: false });
      tell(assignment.key);
      converge(assignment.key);
    },
    forget: async (key) => {
      await change(() => machine.records.remove(key));
      machine.restarts.delete(key);
      records.delete(key);
    },
  };
}

const NO_IMAGE = "image_not_found";

/** Whether the runtime shows what is stored, as far as that will ever be so. */
function isRestingPoint(record: StoredAssignment, container: Container | undefined): boolean {
  if (!record.wanted) return container === undefined;
  return record.gaveUp || container !== undefined;
}

function statusOf(record: StoredAssignment, container: Container | undefined): HeldCopy["status"] {
  if (container?.isRunning === true) return "RUNNING";
  // What is being removed counts as running until it is gone.
  if (!record.wanted) return container === undefined ? "UNDEPLOYED" : "RUNNING";
  if (container !== undefined) return "COMPLETED";
  return record.gaveUp ? "FAILED" : "CREATING";
}
