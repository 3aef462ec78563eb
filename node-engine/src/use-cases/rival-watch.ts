import type { Clock, Logger } from "@oak/kit";
import type { RegistrationTrouble } from "../domain/registration-trouble.ts";
import type { Engine } from "../engine.ts";

/** What becomes of the workloads here while another system is this worker. */
export interface RivalWatch {
  /** A try to register failed. */
  refused(reason: RegistrationTrouble["reason"]): void;
  registered(): void;
}

export interface RivalWatchDeps {
  engine: Pick<Engine, "drain">;
  clock: Clock;
  logger: Logger;
}

/**
 * The boot before this one is taken for another system until the cluster has missed it, which is a matter of
 * seconds: only who is refused for longer than that is a copy of a disk.
 */
const patienceMs = 20_000;

/**
 * A copied disk brings the records of its original along, and its workloads start with the agent: without
 * this, everything would run twice for as long as nobody looks. They end for good, so that whatever becomes
 * of the original, only the cluster brings one back.
 */
export function createRivalWatch({ engine, clock, logger }: RivalWatchDeps): RivalWatch {
  let sinceMs: number | undefined;
  let hasYielded = false;

  const yieldAll = async (): Promise<void> => {
    logger.error("this worker is alive on another system: what runs here is stopped");
    try {
      await engine.drain();
    } catch (err) {
      logger.warn({ err }, "not everything could be stopped, will try again");
      hasYielded = false;
    }
  };

  return {
    refused: (reason) => {
      if (reason !== "worker_alive_elsewhere") return;
      const nowMs = clock.monotonicMs();
      sinceMs ??= nowMs;
      if (hasYielded || nowMs - sinceMs < patienceMs) return;
      hasYielded = true;
      void yieldAll();
    },
    registered: () => {
      sinceMs = undefined;
      hasYielded = false;
    },
  };
}
