import {
  type ClusterCore,
  type ClusterCoreDeps,
  createClusterCore,
  NotRegistered,
  type RootState,
} from "@oak/cluster-manager/core";
import type {
  DeleteCommand,
  DeployCommand,
  HeardNotice,
  InformationReport,
  InventoryReport,
  JobReport,
  JobSpec,
  Pair,
  SyncCommand,
} from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import { placeOnWorker, silencePolicyOf } from "@oak/core";
import { type Chores, startChores } from "./cluster-chores.ts";
import { createFigures } from "./figures.ts";
import { CLUSTER_SETTINGS, LEARN_S, SILENCE } from "./hurried-times.ts";
import type { Machine } from "./machine.ts";
import type { SimulatedNetwork } from "./network.ts";
import { createProcessLife, type ProcessLife } from "./process-life.ts";
import { toPlaceRequest, toProposal } from "./proposal.ts";
import type { RootProcess } from "./root-process.ts";
import { freezeDeep } from "./shelf.ts";
import type { SimulationDeps } from "./simulation-deps.ts";
import { createTierBook, type TierDisk } from "./tier-disk.ts";
import { createTierStore, type TierStore } from "./tier-store.ts";
import { registerMachine } from "./worker-candidate.ts";

/** What a worker hears from its cluster. */
export interface WorkerEar {
  deploy(command: DeployCommand): void;
  remove(command: DeleteCommand): void;
  sync(command: SyncCommand): void;
  heard(notice: HeardNotice): void;
  registerAgain(): void;
}

/** The cluster's broker: while it is down nothing passes, and the cluster-manager knows. */
export interface Broker {
  upSinceMs: number | undefined;
  /** when it went down last */
  downSinceMs?: number;
}

export interface ClusterWorld extends SimulationDeps {
  network: SimulatedNetwork;
  broker: Broker;
  /** the root that runs now, if any */
  root(): RootProcess | undefined;
  ear(workerId: string): WorkerEar | undefined;
  onNamed(cluster: string, copy: { worker: string; key: string; pair: Pair }): void;
}

export interface ClusterProcess {
  life: ProcessLife;
  isReady(): boolean;
  core: ClusterCore;
  registerWorker(machine: Machine): Promise<{ session: number; incarnation: string }>;
  /** An operator takes a worker out for good. */
  removeWorker(workerId: string): Promise<void>;
  takeHeartbeat(workerId: string, report: InformationReport): void;
  takeJob(workerId: string, report: JobReport): void;
  takeInventory(workerId: string, report: InventoryReport): void;
  agentLost(workerId: string, session: number): void;
}

const CALL_TIMEOUT_MS = 3000;

export function startCluster(
  world: ClusterWorld,
  disk: TierDisk,
  onCrash: () => void,
): ClusterProcess {
  const { time } = world;
  const life = createProcessLife(time);
  const crash = (): void => {
    life.kill();
    onCrash();
  };
  const store = createTierStore({ ...world, disk, life, crash });
  let chores: Chores | undefined;
  const tier = createTierBook(disk, store.change);
  const core = createClusterCore({
    ...coreStores(disk, store),
    tier,
    link: createWorkerLink(world, disk.name),
    root: createRootLink(world, disk.name, life),
    clock: world.clockOf(disk.name),
    random: world.random.next,
    log: world.log,
    settings: CLUSTER_SETTINGS,
    learnS: LEARN_S.cluster,
    workerTimeoutMs: SILENCE.timeoutMs,
    reconnectSpreadMs: SILENCE.reconnectMs,
    linkUpSinceMs: () => world.broker.upSinceMs,
    loopLateMs: () => chores?.loopLateMs() ?? 0,
  });
  life.guard(core.load()).then(() => {
    chores = startChores(world, { core, life });
  }, crash);
  const isReady = (): boolean => chores !== undefined && life.isAlive();

  const take = (work: () => Promise<void>): void =>
    life.enter(() => {
      if (chores === undefined) return;
      // A failed intake is lost like a message; the next heartbeat shows the difference.
      work().catch(() => undefined);
    });
  return {
    life,
    core,
    isReady,
    registerWorker: async (machine) => {
      const { session, want_rev } = await store.change(() =>
        registerMachine(disk, machine, tier.current()),
      );
      core.workerRegistered({ id: machine.id, session, isLegacy: false, wantRev: want_rev });
      return { session, incarnation: tier.current().incarnation };
    },
    removeWorker: async (workerId) => {
      await store.change(() => disk.candidates.remove(workerId));
      core.workerRemoved(workerId);
    },
    takeHeartbeat: (id, report) => take(() => core.takeHeartbeat(id, report)),
    takeJob: (id, report) => take(() => core.takeJobReport(id, report)),
    takeInventory: (id, report) => take(() => core.takeInventory(id, report)),
    agentLost: (id, session) => take(() => core.takePresence(id, { session, state: "agent_lost" })),
  };
}

function coreStores(
  disk: TierDisk,
  store: TierStore,
): Pick<
  ClusterCoreDeps,
  "store" | "holds" | "specs" | "scheduler" | "candidates" | "rootStates" | "figures"
> {
  return {
    store: store.assignments,
    holds: store.holds,
    specs: {
      get: async (id, revision) => disk.notes.get(specNote(id, revision)) as JobSpec | undefined,
      put: (spec, revision) =>
        store.change(() => {
          disk.notes.put(specNote(spec._id, revision), spec);
          disk.notes.put(specNote(spec._id), spec);
        }),
      nameOf: () => "",
      policyOf: (id, revision) => {
        const spec = disk.notes.get(specNote(id, revision)) as JobSpec | undefined;
        return spec === undefined ? "keep" : silencePolicyOf(spec, "worker");
      },
    },
    scheduler: {
      propose: (request) =>
        store.change(() =>
          toProposal(request, placeOnWorker(disk.table(), toPlaceRequest(request))),
        ),
    },
    candidates: {
      list: async () => [...disk.candidates.values()],
      patch: (id, fields) =>
        store.change(() => {
          const candidate = disk.candidates.get(id);
          if (candidate === undefined) throw new Error("unknown worker");
          disk.candidates.put(id, { ...candidate, ...fields });
        }),
    },
    rootStates: {
      load: async () => disk.notes.get("root") as RootState | undefined,
      save: (state) => store.change(() => disk.notes.put("root", { ...state })),
    },
    figures: createFigures(disk),
  };
}

function createWorkerLink(
  { network, ear, trace, onNamed }: ClusterWorld,
  cluster: string,
): ClusterCoreDeps["link"] {
  const tell = (workerId: string, say: (ear: WorkerEar) => void): void =>
    network.send(workerId, "down", () => {
      const listener = ear(workerId);
      if (listener !== undefined) say(listener);
    });
  return {
    deploy: (id, command) => {
      trace?.(`deploy to ${id}`, command);
      tell(id, (worker) => worker.deploy(freezeDeep(command)));
    },
    remove: (id, command) => {
      trace?.(`delete to ${id}`, command);
      const key = instanceKey(command.job_id, command.instance_number);
      onNamed(cluster, { worker: id, key, pair: command.assignment });
      tell(id, (worker) => worker.remove(freezeDeep(command)));
    },
    sync: (id, command) => {
      trace?.(`sync to ${id}`, command);
      for (const pair of command.gone) {
        onNamed(cluster, {
          worker: id,
          key: instanceKey(pair.job_id, pair.instance_number),
          pair,
        });
      }
      tell(id, (worker) => worker.sync(freezeDeep(command)));
    },
    heard: (id, notice) => tell(id, (worker) => worker.heard(freezeDeep(notice))),
    registerAgain: (id) => tell(id, (worker) => worker.registerAgain()),
  };
}

function createRootLink(
  { network, root }: ClusterWorld,
  name: string,
  life: ProcessLife,
): ClusterCoreDeps["root"] {
  const ask = <T>(request: (root: RootProcess) => Promise<T>, timeoutMs = CALL_TIMEOUT_MS) =>
    life.guard(
      network.call(
        name,
        async () => {
          const process = root();
          if (process === undefined || !process.isReady()) throw new Error("the root is away");
          return process.life.serve(() => request(process));
        },
        timeoutMs,
      ),
    );
  return {
    register: () => ask((process) => process.register(name)),
    wanted: ({ clusterId, session }, since, waitS) =>
      ask(
        (process) => process.wanted(clusterId, session, since, waitS * 1000),
        waitS * 1000 + CALL_TIMEOUT_MS,
      ).catch(asRegistration),
    report: ({ clusterId }, report) =>
      ask((process) => process.report(clusterId, freezeDeep(report))).catch(asRegistration),
  };
}

function asRegistration(error: unknown): never {
  if (error instanceof Error && error.constructor.name === "UnknownSession") {
    throw new NotRegistered(error.message);
  }
  throw error;
}

/** Where the spec of a revision is kept; without one, the latest. */
function specNote(jobId: string, revision?: number): string {
  return revision === undefined ? `spec ${jobId}` : `spec ${jobId} ${revision}`;
}
