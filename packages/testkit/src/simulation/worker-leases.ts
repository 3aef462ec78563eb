import type { HeardNotice, InstanceKey } from "@oak/contracts";
import { createLeaseKeeper, type LeaseKeeper, type LeaseKeeperDeps } from "@oak/node-engine/leases";
import type { Container, Machine, StoredAssignment } from "./machine.ts";
import type { ProcessLife } from "./process-life.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface WorkerLeasesOptions {
  machine: Machine;
  time: VirtualTime;
  random: SeededRandom;
  life: ProcessLife;
  /** what the agent knows of its assignments */
  records: ReadonlyMap<InstanceKey, StoredAssignment>;
  /** Sends a heartbeat now. */
  askAtOnce(): void;
  onChange(key: InstanceKey): void;
}

/** The part of an agent that ends exclusive copies: the real one, on a simulated machine. */
export interface WorkerLeases {
  /** Call once, before anything is started. */
  load(): Promise<void>;
  take(record: StoredAssignment): void;
  /** Nothing of this record may be started at the moment. */
  isHeldBack(record: StoredAssignment): boolean;
  sending: LeaseKeeper["sending"];
  heard(notice: HeardNotice): void;
  enforce(): void;
}

/** How long the runtime takes to kill. */
const KILL_MS = 50;

export function createWorkerLeases(options: WorkerLeasesOptions): WorkerLeases {
  const { machine, time, life, records } = options;
  const keeper = createLeaseKeeper({
    runtime: createKiller(options),
    observed: createView(machine),
    book: {
      get: (key) => {
        const record = records.get(key);
        return record && asRecord(record);
      },
      all: () => [...records.values()].map(asRecord),
      note: async () => undefined,
    },
    store: {
      load: async () => [...machine.leases],
      save: async (leases) => {
        machine.leases = leases;
      },
    },
    bootMs: time.nowMs,
    clock: {
      nowMs: time.nowMs,
      monotonicMs: time.nowMs,
      setTimer: (ms, fn) => time.after(ms, life.when(fn)),
    },
    logger: { warn: () => undefined },
    askAtOnce: options.askAtOnce,
    onChange: options.onChange,
  });
  return {
    load: keeper.load,
    take: (record) => keeper.take(asRecord(record)),
    isHeldBack: (record) => keeper.isHeldBack(asRecord(record)),
    sending: keeper.sending,
    heard: (notice) => void keeper.heard(notice),
    enforce: keeper.enforce,
  };
}

type Book = LeaseKeeperDeps["book"];

/** The record as an agent has it; what the simulation leaves out is of no account here. */
function asRecord(record: StoredAssignment): ReturnType<Book["all"]>[number] {
  const job = { _id: record.job_id, job_name: "", image: "", virtualization: "docker" };
  return { ...record, job, local: { failures: [], restarts: 0 } };
}

const handleOf = (key: InstanceKey, { id }: Container): string => `${key} ${id}`;

/** What runs, as the agent sees it: without delay, so there is nothing to remember. */
function createView({ containers }: Machine): LeaseKeeperDeps["observed"] {
  return {
    isComplete: () => true,
    of: (key) => {
      const container = containers.get(key);
      if (container?.isRunning !== true) return [];
      return [{ handle: handleOf(key, container), state: "running" }];
    },
    put: () => undefined,
    drop: () => undefined,
  };
}

/** Kills after a moment; what was started under the same name meanwhile is another container. */
function createKiller({
  machine: { containers },
  time,
  random,
  life,
}: WorkerLeasesOptions): LeaseKeeperDeps["runtime"] {
  return {
    killWorkload: (handle) =>
      new Promise((resolve) => {
        const kill = (): void => {
          const [key = ""] = handle.split(" ");
          const container = containers.get(key);
          if (container !== undefined && handleOf(key, container) === handle)
            containers.remove(key);
          resolve();
        };
        time.after(random.between(1, KILL_MS), life.when(kill));
      }),
    look: async () => undefined,
  };
}
