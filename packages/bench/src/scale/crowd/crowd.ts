import { createHeartbeatWheel } from "./heartbeat-wheel.ts";
import { type CrowdEvent, type CrowdSettings, type CrowdState, machineMs } from "./messages.ts";
import { createClusterDoor } from "./registration.ts";
import { createSimulatedWorker, type SimulatedWorker } from "./simulated-worker.ts";

export interface CrowdDeps extends CrowdSettings {
  random: () => number;
  tell(event: CrowdEvent): void;
}

/** Many simulated workers in this process. */
export interface Crowd {
  /** Adds workers until there are `to`, at most `atOnce` registering at a time. Resolves when all are online. */
  grow(to: number, atOnce: number): Promise<void>;
  state(): CrowdState;
  stop(): void;
}

/** A loopback address has some 28,000 ports for outgoing connections, less those that rest. */
const workersAnAddress = 4_000;

export function createCrowd(deps: CrowdDeps): Crowd {
  const { random, tell } = deps;
  const door = createClusterDoor(deps.clusterManagerUrl);
  const wheel = createHeartbeatWheel<SimulatedWorker>({
    everyMs: deps.heartbeatMs,
    random,
    beat: (worker, nowMs) => worker.beat(nowMs),
  });
  const workers: SimulatedWorker[] = [];

  const add = async (): Promise<void> => {
    const index = workers.length;
    const worker = createSimulatedWorker({
      name: `simulated-${index}`,
      door,
      joinSecret: deps.joinSecret,
      localAddress: `127.0.0.${2 + Math.floor(index / workersAnAddress)}`,
      random,
      onCommand: (kind, key) => tell({ kind, key, atMs: machineMs() }),
      onAcknowledged: (status, key) =>
        tell({ kind: "acknowledged", key, status, atMs: machineMs() }),
    });
    workers.push(worker);
    await worker.start();
    wheel.add(worker);
  };

  return {
    grow: async (to, atOnce) => {
      wheel.start();
      const addInTurn = async (): Promise<void> => {
        while (workers.length < to) await add();
      };
      await Promise.all(Array.from({ length: atOnce }, addInTurn));
    },
    state: () => ({
      workers: workers.length,
      online: workers.filter((worker) => worker.isOnline()).length,
      running: workers.reduce((sum, worker) => sum + worker.runningCount(), 0),
      lateMs: wheel.takeWorstLateMs(),
    }),
    stop: () => {
      wheel.stop();
      for (const worker of workers) worker.stop("destroy");
      door.close();
    },
  };
}
