import type {
  InformationReport,
  InventoryReport,
  JobReport,
  PresenceReport,
  ResourcesReport,
} from "@oak/contracts";
import type { Worker } from "./ports.ts";
import type { InstanceFigures } from "./use-cases/instance-figures.ts";
import type { LegacyWorkers } from "./use-cases/legacy-worker.ts";
import { syncWorker } from "./use-cases/sync-worker.ts";
import { type HeartbeatDeps, takeHeartbeat } from "./use-cases/take-heartbeat.ts";
import { type IntakeDeps, takeInventory, takeJobReport } from "./use-cases/take-worker-report.ts";
import type { Roster } from "./use-cases/worker-roster.ts";

/** What workers say, each call with the id that the topic proves. Calls of one worker come in order. */
export interface WorkerIntake {
  /**
   * A message has come, and waits for its turn behind others: its worker lives, however long a database takes that
   * those others need.
   */
  hear(workerId: string, session: number | undefined): void;
  takeHeartbeat(workerId: string, report: InformationReport): Promise<void>;
  takeJobReport(workerId: string, report: JobReport): Promise<void>;
  takeResources(workerId: string, report: ResourcesReport): Promise<void>;
  takeInventory(workerId: string, report: InventoryReport): Promise<void>;
  takePresence(workerId: string, report: PresenceReport): Promise<void>;
}

export interface WorkerIntakeDeps extends Omit<IntakeDeps, "roster"> {
  roster: Roster;
  legacy: LegacyWorkers;
  instanceFigures: InstanceFigures;
  repairs: HeartbeatDeps["repairs"];
  /** counters are being lifted: inventories would be judged by numbers that are about to change */
  isRenewing(): boolean;
  kickAllOf(workerId: string): void;
}

export function createWorkerIntake(deps: WorkerIntakeDeps): WorkerIntake {
  const { roster, link, ledger } = deps;
  const heartbeats: HeartbeatDeps = {
    ...deps,
    onReturn: (workerId) => {
      const worker = roster.get(workerId);
      if (worker !== undefined) syncWorker(deps, worker);
      deps.kickAllOf(workerId);
    },
  };
  /** The worker behind a report of its present session; others are told to register again. */
  const reporter = (workerId: string, session: number | undefined): Worker | undefined => {
    const worker = roster.get(workerId);
    if (worker !== undefined && (session === undefined || session === worker.session)) {
      return worker;
    }
    link.registerAgain(workerId);
    return undefined;
  };
  return {
    hear: (workerId, session) => {
      const worker = roster.get(workerId);
      // Whoever was given up or said goodbye is back only when what it says has been looked at.
      if (worker?.liveness !== "alive") return;
      if (worker.isLegacy || session === worker.session) roster.heard(workerId);
    },
    takeHeartbeat: async (workerId, report) => {
      const worker = roster.get(workerId);
      if (worker === undefined) link.registerAgain(workerId);
      else await takeHeartbeat(heartbeats, worker, report);
    },
    takeJobReport: async (workerId, report) => {
      const worker = reporter(workerId, report.session);
      if (worker === undefined) return;
      roster.heard(workerId);
      if (worker.isLegacy) await deps.legacy.takeJobReport(worker, report);
      else await takeJobReport(deps, worker, report);
    },
    takeResources: async (workerId, report) => {
      const worker = reporter(workerId, report.session);
      if (worker === undefined) return;
      roster.heard(workerId);
      if (worker.isLegacy) roster.reported(workerId);
      const filled = worker.isLegacy ? await deps.legacy.takeResources(worker, report) : report;
      deps.instanceFigures.take(worker, filled);
    },
    takeInventory: async (workerId, report) => {
      const worker = reporter(workerId, report.session);
      if (worker === undefined) return;
      if (report.want_rev > ledger.counted(workerId)) deps.onParentIsOld();
      if (deps.isRenewing() || isOlder(worker, report)) return;
      roster.heard(workerId);
      await takeInventory(deps, worker, report);
      // Only now: nothing is placed on a worker before it is known what it runs.
      roster.reported(workerId, report.seq);
      // The first one of a session is answered by what is wanted (protocol rule 8).
      if (!worker.hasReported && !deps.isLearning()) syncWorker(deps, worker);
    },
    takePresence: async (workerId, report) => {
      const worker = roster.get(workerId);
      if (worker === undefined || report.session !== worker.session) return;
      if (report.state === "leaving") await roster.setLiveness(workerId, "left");
      if (report.state === "agent_lost" && worker.liveness === "alive") {
        await roster.setLiveness(workerId, "agent_lost");
      }
    },
  };
}

/** What it held before it told the last time may be gone by now. */
function isOlder({ inventorySeq }: Worker, { seq }: InventoryReport): boolean {
  return inventorySeq !== undefined && seq <= inventorySeq;
}
