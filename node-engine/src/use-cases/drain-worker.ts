import type { Clock } from "@oak/kit";
import type { Engine } from "../engine.ts";
import type { ClusterContact } from "./keep-contact.ts";

export interface DrainWorkerDeps {
  engine: Pick<Engine, "drain" | "status">;
  contact: Pick<ClusterContact, "announce">;
  sayAtStop(presence: "leaving"): void;
  clock: Clock;
  timeoutMs: number;
}

/**
 * Empties this worker. The farewell comes first, so that the cluster does not give back at once what it
 * is told has ended here; a command that was on its way meanwhile is ended too. Answers whether all is
 * gone in time.
 */
export async function drainWorker(deps: DrainWorkerDeps): Promise<boolean> {
  const { engine, clock, timeoutMs } = deps;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  deps.sayAtStop("leaving");
  deps.contact.announce("leaving");
  const ended: ReadonlySet<string> = new Set(["DEAD", "COMPLETED", "FAILED"]);
  const isEmpty = (): boolean =>
    engine.status().every(({ wanted, status }) => !wanted || ended.has(status));
  let isGone = false;
  do {
    isGone = await engine.drain({ timeoutMs: Math.max(0, deadlineMs - clock.monotonicMs()) });
  } while (isGone && !isEmpty() && clock.monotonicMs() < deadlineMs);
  return isGone && isEmpty();
}
