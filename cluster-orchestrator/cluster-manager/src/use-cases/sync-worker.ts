import type { DeployCommand, Instance, NamedCopy } from "@oak/contracts";
import { mustOldCopyEnd } from "../domain/old-copies.ts";
import type { AssignmentDeps, Worker } from "../ports.ts";
import { deployCommand, namedCopy, secondCopy } from "./commands.ts";

/**
 * Tells a worker everything that is wanted of it and, by name, what is gone. Fire and forget: its answer
 * is an inventory, and while that is missing the next heartbeat asks again. Older workers know no such thing.
 */
export function syncWorker(deps: AssignmentDeps, worker: Worker): void {
  if (worker.isLegacy) return;
  void build(deps, worker).catch((error: unknown) => {
    deps.log.warn({ worker: worker.id, err: error }, "a sync could not be built");
  });
}

async function build(deps: AssignmentDeps, worker: Worker): Promise<void> {
  const { incarnation } = deps.tier.current();
  // Read before the instances: a change that comes between is sent by itself, with a higher number.
  const wantRev = deps.ledger.settled(worker.id);
  const instances = deps.book.of(worker.id);
  const wanted: DeployCommand[] = [];
  for (const instance of instances) {
    const copy = wantedOf(instance, worker.id);
    if (copy === undefined) continue;
    const job = await deps.specs.get(instance.job_id, instance.spec_rev);
    if (job !== undefined) wanted.push(deployCommand(copy, job, incarnation));
  }
  deps.link.sync(worker.id, {
    incarnation,
    session: worker.session,
    want_rev: wantRev,
    wanted,
    gone: instances.flatMap((instance) => goneOf(instance, worker.id)),
  });
}

/** The copy of the instance that this worker is to run, if any. */
function wantedOf(instance: Instance, workerId: string): Instance | undefined {
  if (instance.phase !== "assigned" || instance.intent?.wanted !== true) return undefined;
  if (instance.child === workerId) return instance;
  const second = secondCopy(instance);
  return second?.child === workerId ? second : undefined;
}

/** Copies of the instance that this worker must end: the one being released, and replaced ones. */
function goneOf(instance: Instance, workerId: string): NamedCopy[] {
  const replaced = instance.fenced.filter(
    (copy) => copy.child === workerId && mustOldCopyEnd(instance, copy),
  );
  const releasing = instance.child === workerId && instance.phase === "releasing" ? [instance] : [];
  return [...replaced, ...releasing].map((pair) => namedCopy(instance, pair));
}
