import type { Log } from "@oak/tier";
import type { WorkerCredentialStore } from "../store/worker-credentials.ts";
import type { BrokerAdmin } from "./register-worker.ts";

export interface RemoveWorkerDeps {
  credentials: Pick<WorkerCredentialStore, "remove">;
  broker: BrokerAdmin;
  candidates: { remove(id: string): Promise<void> };
  /** the decisions about its instances may be taken: nothing runs there any more, says a person */
  onRemoved(workerId: string): void;
  log: Log;
}

/**
 * Takes a worker out by command. First it loses its access, so that it cannot come back in between; what is
 * left over by a failure goes with the next try. An agent that still runs may join anew, as a new worker.
 * @throws AppError unavailable, when a store is away
 */
export async function removeWorker(deps: RemoveWorkerDeps, workerId: string): Promise<void> {
  await deps.credentials.remove(workerId);
  try {
    await deps.broker.disconnect(workerId);
  } catch (err) {
    deps.log.warn({ worker: workerId, err }, "the broker was not told of a removed worker");
  }
  await deps.candidates.remove(workerId);
  deps.onRemoved(workerId);
  deps.log.info({ worker: workerId }, "worker removed");
}
