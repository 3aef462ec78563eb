import {
  type ClusterCore,
  createClusterCore,
  DEFAULT_PLACER_SETTINGS,
  NotRegistered,
  type RootState,
} from "@oak/cluster-manager/core";
import type {
  Candidate,
  DeleteCommand,
  DeployCommand,
  FreeShape,
  InformationReport,
  InventoryReport,
  JobReport,
  JobSpec,
  SyncCommand,
} from "@oak/contracts";
import { createCandidateTable, placeOnWorker, sumHolds } from "@oak/core";
import type { SimulatedNetwork } from "./network.ts";
import { createProcessLife, type ProcessLife } from "./process-life.ts";
import { toPlaceRequest, toProposal } from "./proposal.ts";
import type { RootProcess, SimulationDeps } from "./root-process.ts";
import { createTierStore, type TierDisk } from "./tier-store.ts";

/** What a worker hears from its cluster. */
export interface WorkerEar {
  deploy(command: DeployCommand): void;
  remove(command: DeleteCommand): void;
  sync(command: SyncCommand): void;
  registerAgain(): void;
}

export interface ClusterWorld extends SimulationDeps {
  name: string;
  network: SimulatedNetwork;
  /** the root that runs now, if any */
  root(): RootProcess | undefined;
  ear(workerId: string): WorkerEar | undefined;
  workerTimeoutMs: number;
}

export interface ClusterProcess {
  life: ProcessLife;
  isReady(): boolean;
  core: ClusterCore;
  registerWorker(workerId: string): Promise<{ session: number; incarnation: string }>;
  takeHeartbeat(workerId: string, report: InformationReport): void;
  takeJob(workerId: string, report: JobReport): void;
  takeInventory(workerId: string, report: InventoryReport): void;
}

const CALL_TIMEOUT_MS = 3000;

export function startCluster(
  world: ClusterWorld,
  disk: TierDisk,
  onCrash: () => void,
): ClusterProcess {
  const { time, network } = world;
  const life = createProcessLife();
  const crash = (): void => {
    life.kill();
    onCrash();
  };
  const store = createTierStore({ ...world, disk, life, crash });
  const toWorker = (workerId: string, tell: (ear: WorkerEar) => void): void => {
    network.send(() => {
      const ear = world.ear(workerId);
      if (ear !== undefined) tell(ear);
    });
  };
  const toRoot = <T>(ask: (root: RootProcess) => Promise<T>, timeoutMs = CALL_TIMEOUT_MS) =>
    life.guard(
      network.call(async () => {
        const root = world.root();
        if (root === undefined || !root.isReady()) throw new Error("the root is away");
        return root.life.guard(ask(root));
      }, timeoutMs),
    );
  const asRegistration = (error: unknown): never => {
    if (error instanceof Error && error.constructor.name === "UnknownSession") {
      throw new NotRegistered(error.message);
    }
    throw error;
  };

  const core = createClusterCore({
    store: store.assignments,
    holds: store.holds,
    specs: {
      get: async (id) => disk.notes.get(`spec ${id}`) as JobSpec | undefined,
      put: (spec) => store.change(() => void disk.notes.set(`spec ${spec._id}`, spec)),
      nameOf: () => "",
    },
    scheduler: {
      propose: (request) =>
        store.change(() => {
          const table = createCandidateTable();
          for (const candidate of disk.candidates.values()) table.upsert(candidate);
          return toProposal(request, placeOnWorker(table, toPlaceRequest(request)));
        }),
    },
    candidates: {
      list: async () => structuredClone([...disk.candidates.values()]),
      patch: (id, fields) =>
        store.change(() => {
          const candidate = disk.candidates.get(id);
          if (candidate !== undefined) Object.assign(candidate, fields);
        }),
    },
    tier: { current: () => disk.identity, renew: () => store.change(() => undefined) },
    link: {
      deploy: (id, command) => toWorker(id, (ear) => ear.deploy(structuredClone(command))),
      remove: (id, command) => toWorker(id, (ear) => ear.remove(structuredClone(command))),
      sync: (id, command) => toWorker(id, (ear) => ear.sync(structuredClone(command))),
      registerAgain: (id) => toWorker(id, (ear) => ear.registerAgain()),
    },
    clock: { nowMs: time.nowMs, monotonicMs: time.nowMs },
    random: world.random.next,
    log: world.log,
    settings: DEFAULT_PLACER_SETTINGS,
    root: {
      register: () => toRoot((root) => root.register(world.name)),
      wanted: (state, since, waitS) =>
        toRoot(
          (root) => root.wanted(state.clusterId, state.session, since, waitS * 1000),
          waitS * 1000 + CALL_TIMEOUT_MS,
        ).catch(asRegistration),
      report: (state, report) =>
        toRoot((root) => root.report(state.clusterId, structuredClone(report))).catch(
          asRegistration,
        ),
    },
    rootStates: {
      load: async () => structuredClone(disk.notes.get("root")) as RootState | undefined,
      save: (state) => store.change(() => void disk.notes.set("root", state)),
    },
    figures: () => figuresOf([...disk.candidates.values()]),
    learnS: 10,
    workerTimeoutMs: world.workerTimeoutMs,
    reconnectSpreadMs: 2000,
    linkUpSinceMs: () => 0,
    loopLateMs: () => 0,
  });

  let isReady = false;
  void life.guard(core.load()).then(() => {
    isReady = true;
    repeat(() => core.root.pull(5), 20, 500);
    repeat(() => core.root.report(), 300, 500);
    repeat(() => core.watch(), 500, 500);
    repeat(() => core.sweepHolds(), 5000, 5000);
  });
  /** Runs again and again; a pause after each run, a longer one after a failure. */
  const repeat = (work: () => Promise<void>, pauseMs: number, failedMs: number): void => {
    const again = life.when(() => {
      life.guard(work()).then(
        () => time.after(pauseMs, again),
        () => time.after(failedMs, again),
      );
    });
    again();
  };
  const tick = life.when(() => {
    if (isReady) core.tick();
    time.after(200, tick);
  });
  tick();

  const taking = (work: () => Promise<void>): void => {
    if (!isReady || !life.isAlive()) return;
    // A failed intake is lost like a message; the next heartbeat shows the difference.
    void work().catch(() => undefined);
  };

  return {
    life,
    core,
    isReady: () => isReady && life.isAlive(),
    registerWorker: async (workerId) => {
      const candidate = await store.change(() => {
        const found = disk.candidates.get(workerId);
        if (found === undefined) throw new Error("unknown worker");
        found.session += 1;
        found.liveness = "alive";
        return found;
      });
      const { session, want_rev: wantRev } = candidate;
      core.workerRegistered({ id: workerId, session, isLegacy: false, wantRev });
      return { session, incarnation: disk.identity.incarnation };
    },
    takeHeartbeat: (id, report) => taking(() => core.takeHeartbeat(id, report)),
    takeJob: (id, report) => taking(() => core.takeJobReport(id, report)),
    takeInventory: (id, report) => taking(() => core.takeInventory(id, report)),
  };
}

function figuresOf(workers: readonly Candidate[]) {
  const alive = workers.filter((w) => w.liveness === "alive");
  const shapes: FreeShape[] = alive.map((worker) => {
    const held = sumHolds(worker.holds);
    return {
      vcpus: Math.max(0, worker.allocatable.vcpus - held.vcpus),
      memory: Math.max(0, worker.allocatable.memory - held.memory),
      vgpus: 0,
      count: 1,
      architecture: "amd64",
      virtualization: ["docker"],
    };
  });
  const sum = (get: (shape: FreeShape) => number): number =>
    shapes.reduce((total, shape) => total + get(shape), 0);
  return {
    allocatable: {
      vcpus: sum((s) => s.vcpus),
      memory: sum((s) => s.memory),
      vgpus: 0,
      storage: 1_000_000,
    },
    free_shapes: shapes,
    active_nodes: alive.length,
    virtualization: ["docker"],
  };
}
