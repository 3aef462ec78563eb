import type { DeployCommand, NamedCopy } from "@oak/contracts";
import type { AssignmentDeps, Worker } from "../ports.ts";
import { deployCommand, namedCopy } from "./commands.ts";

/**
 * Tells a worker everything that is wanted of it and, by name, what is gone. Fire and forget: its answer
 * is an inventory, and while that is missing the next heartbeat asks again.
 */
export function syncWorker(deps: AssignmentDeps, worker: Worker): void {
  void build(deps, worker).catch((error: unknown) => {
    deps.log.warn({ worker: worker.id, err: error }, "a sync could not be built");
  });
}

async function build(deps: AssignmentDeps, worker: Worker): Promise<void> {
  const { incarnation } = deps.tier.current();
  // Read before the instances: a change that comes between is sent by itself, with a higher number.
  const wantRev = deps.ledger.settled(worker.id);
  const wanted: DeployCommand[] = [];
  const gone: NamedCopy[] = [];
  for (const instance of deps.book.of(worker.id)) {
    for (const fence of instance.fenced) {
      const isStopped = instance.phase !== "unplaced" || instance.intent?.wanted !== true;
      if (fence.child === worker.id && isStopped) gone.push(namedCopy(instance, fence));
    }
    if (instance.child !== worker.id) continue;
    if (instance.phase === "releasing") gone.push(namedCopy(instance));
    if (instance.phase !== "assigned" || instance.intent?.wanted !== true) continue;
    const job = await deps.specs.get(instance.job_id);
    if (job !== undefined) wanted.push(deployCommand(instance, job, incarnation));
  }
  deps.link.sync(worker.id, {
    incarnation,
    session: worker.session,
    want_rev: wantRev,
    wanted,
    gone,
  });
}
