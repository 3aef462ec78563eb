import type { Instance } from "@oak/contracts";
import { pairOf } from "@oak/core";
import type { Evidence } from "../domain/evidence.ts";
import type { AssignmentDeps, Worker } from "../ports.ts";
import { deleteCommand } from "./commands.ts";
import type { Orphan } from "./take-orphan.ts";

export interface StrayDeps extends AssignmentDeps {
  kick(key: string, evidence?: Evidence): void;
  orphans: Map<string, Orphan>;
}

/** Copies that an older worker lists and was not told to have, as far as this database remembers. */
export interface Strays {
  take(worker: Worker, jobName: string, instanceNumber: number): void;
  /** `<job name>/<number>` of those that nobody here knows at all */
  namesOf(worker: Worker): string[];
  /** Ends the memory of those that were missing from `limit` lists in a row. */
  forget(worker: Worker, missing: ReadonlyMap<string, number>, limit: number): void;
}

export function createStrays(deps: StrayDeps): Strays {
  const { book, specs, orphans } = deps;

  const stop = async (worker: Worker, instance: Instance): Promise<void> => {
    try {
      const job = await specs.get(instance.job_id);
      if (job === undefined) return;
      deps.link.remove(worker.id, deleteCommand(instance, job, deps.tier.current().incarnation));
    } catch (err) {
      deps.log.warn({ worker: worker.id, instance: instance._id, err }, "a copy was not stopped");
    }
  };

  const list = (worker: Worker, jobName: string, instanceNumber: number): void => {
    const id = `${worker.id} ${jobName}/${instanceNumber}`;
    if (orphans.has(id)) return;
    deps.log.warn({ worker: worker.id, jobName, instanceNumber }, "an unknown copy goes on");
    orphans.set(id, orphanOf(worker, jobName, instanceNumber));
  };

  return {
    take: (worker, jobName, instanceNumber) => {
      const instance = [...book.all()].find(
        (i) => i.instance_number === instanceNumber && specs.nameOf(i.job_id) === jobName,
      );
      if (instance === undefined) {
        list(worker, jobName, instanceNumber);
      } else if (instance.phase === "unplaced" && instance.intent?.wanted === true) {
        // Its placement was forgotten, not its wish: what runs is kept.
        deps.kick(instance._id, { kind: "higher", child: worker.id, ...pairOf(instance) });
      } else {
        void stop(worker, instance);
      }
    },
    namesOf: (worker) =>
      [...orphans.values()]
        .filter((orphan) => orphan.worker_id === worker.id)
        .map((orphan) => `${orphan.job_name}/${orphan.instance_number}`),
    forget: (worker, missing, limit) => {
      for (const [name, lists] of missing) {
        if (lists >= limit) orphans.delete(`${worker.id} ${name}`);
      }
    },
  };
}

function orphanOf(worker: Worker, jobName: string, instanceNumber: number): Orphan {
  return {
    worker_id: worker.id,
    job_id: "",
    job_name: jobName,
    instance_number: instanceNumber,
    status: "RUNNING",
    status_detail: "",
    epoch: 0,
    placement: 0,
    incarnation: "",
    spec_rev: 0,
    want_rev: 0,
    wanted: true,
  };
}
