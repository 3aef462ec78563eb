import type {
  DeployCommand,
  Instance,
  JobReport,
  Pair,
  ResourcesReport,
  Status,
} from "@oak/contracts";
import { currentObservation, pairOf } from "@oak/core";
import type { AssignmentDeps, Worker } from "../ports.ts";
import { deployCommand } from "./commands.ts";
import { nextSeqOf } from "./instance-figures.ts";
import { createStrays, type StrayDeps } from "./legacy-strays.ts";

export interface LegacyWorkerDeps extends StrayDeps {
  /** takes a report that has all its numbers */
  take(worker: Worker, report: JobReport): Promise<void>;
  /** how many runtimes the worker offers: each sends a list of its own */
  runtimesOf(workerId: string): number;
}

/**
 * Workers of older versions (protocol rule 12) know neither pairs nor numbers. What they say is matched by
 * job name and instance number with what they were told, and gets the numbers of that.
 */
export interface LegacyWorkers {
  takeJobReport(worker: Worker, report: JobReport): Promise<void>;
  /** @returns the same figures with the numbers filled in, as far as the copies are known */
  takeResources(worker: Worker, report: ResourcesReport): Promise<ResourcesReport>;
  /** A deploy went out: it counts as taken, for they confirm nothing and refuse a second one. */
  deployed(worker: Worker, command: DeployCommand): void;
  /** The agent has restarted; what it had not begun is gone. */
  registered(worker: Worker): void;
}

/** Absence from this many rounds of lists is the end of a copy that was listed before … */
const ROUNDS_GONE = 2;
/** … and of one that was told to stop while it may still have been pulled. */
const ROUNDS_NEVER_SEEN = 30;

/** One copy that a worker may have: the assigned one, or one that was given up. */
interface Known {
  instance: Instance;
  pair: Pair;
  isCurrent: boolean;
}

export function createLegacyWorkers(deps: LegacyWorkerDeps): LegacyWorkers {
  const { book, specs } = deps;
  const strays = createStrays(deps);
  /** worker id → job name and number → lists in a row without it */
  const missing = new Map<string, Map<string, number>>();

  const runtimesOf = (worker: Worker): number => Math.max(1, deps.runtimesOf(worker.id));

  const knownCopy = (worker: Worker, name: string, number: number): Known | undefined => {
    const named = book
      .of(worker.id)
      .filter((i) => i.instance_number === number && specs.nameOf(i.job_id) === name)
      .flatMap((instance) => copyOf(worker, instance) ?? []);
    return named.find((copy) => copy.isCurrent) ?? named[0];
  };

  const tell = async (
    worker: Worker,
    { instance, pair }: Known,
    report: { status: JobReport["status"] } & Partial<JobReport>,
  ): Promise<void> => {
    await deps.take(worker, {
      status_detail: "",
      ...report,
      sname: specs.nameOf(instance.job_id),
      instance: instance.instance_number,
      job_id: instance.job_id,
      session: worker.session,
      seq: nextSeqOf(instance.seen, worker.session),
      ...pairOf(pair),
    });
  };

  const takePresent = async (
    worker: Worker,
    entry: ResourcesReport["services"][number],
  ): Promise<ResourcesReport["services"]> => {
    const copy = knownCopy(worker, entry.job_name, entry.instance);
    if (copy === undefined) {
      strays.take(worker, entry.job_name, entry.instance);
      return [];
    }
    if (!copy.isCurrent) await tell(worker, copy, { status: "RUNNING" });
    if (!copy.isCurrent || copy.instance.phase !== "assigned") return [];
    if (statusOf(copy.instance) !== "RUNNING") await tell(worker, copy, { status: "RUNNING" });
    return [{ ...entry, job_id: copy.instance.job_id, ...pairOf(copy.pair) }];
  };

  const takeAbsent = async (worker: Worker, copy: Known, lists: number): Promise<void> => {
    const { instance, isCurrent } = copy;
    const rounds = lists / runtimesOf(worker);
    const isRunning = isCurrent && statusOf(instance) === "RUNNING";
    if (isCurrent && instance.phase === "assigned") {
      if (!isRunning || rounds < ROUNDS_GONE) return;
      const status_detail = "The worker does not list it any more";
      await tell(worker, copy, { status: "FAILED", status_detail });
      return;
    }
    const wasListed = isRunning || !isCurrent;
    if (rounds < (wasListed ? ROUNDS_GONE : ROUNDS_NEVER_SEEN)) return;
    const want_rev = deps.ledger.settled(worker.id);
    deps.kick(instance._id, { kind: "absent", child: worker.id, want_rev });
  };

  return {
    takeJobReport: async (worker, report) => {
      const copy = knownCopy(worker, report.sname, report.instance);
      if (copy === undefined || isNoNews(copy, report)) return;
      await tell(worker, copy, report);
    },
    takeResources: async (worker, report) => {
      const listed = new Set(report.services.map((s) => `${s.job_name}/${s.instance}`));
      const services: ResourcesReport["services"] = [];
      for (const entry of report.services) services.push(...(await takePresent(worker, entry)));
      const copies = book.of(worker.id).flatMap((instance) => copyOf(worker, instance) ?? []);
      const names = new Map(copies.map((copy) => [nameOf(specs, copy.instance), copy]));
      const before = missing.get(worker.id);
      const counts = new Map<string, number>();
      for (const name of [...names.keys(), ...strays.namesOf(worker)]) {
        if (!listed.has(name)) counts.set(name, (before?.get(name) ?? 0) + 1);
      }
      missing.set(worker.id, counts);
      for (const [name, copy] of names) {
        const lists = counts.get(name);
        if (lists !== undefined) await takeAbsent(worker, copy, lists);
      }
      strays.forget(worker, counts, ROUNDS_GONE * runtimesOf(worker));
      return { session: worker.session, services };
    },
    deployed: (worker, command) => {
      const instance = book.get(`${command._id}/${command.instance_number}`);
      if (instance === undefined) return;
      const copy = { instance, pair: command.assignment, isCurrent: true };
      const status_detail = "Sent to a worker of an older version, which confirms nothing";
      tell(worker, copy, { status: "CREATING", status_detail }).catch((err: unknown) => {
        deps.log.warn({ worker: worker.id, instance: instance._id, err }, "a deploy is repeated");
      });
    },
    registered: (worker) => {
      missing.delete(worker.id);
      for (const instance of book.of(worker.id)) {
        if (instance.child !== worker.id || instance.phase !== "assigned") continue;
        if (statusOf(instance) === "CREATING") void redeploy(deps, worker, instance);
      }
    },
  };
}

async function redeploy(deps: LegacyWorkerDeps, worker: Worker, instance: Instance): Promise<void> {
  try {
    const job = await deps.specs.get(instance.job_id, instance.spec_rev);
    if (job === undefined) return;
    const { incarnation } = deps.tier.current();
    deps.link.deploy(worker.id, deployCommand(instance, job, incarnation));
  } catch (err) {
    deps.log.warn({ worker: worker.id, instance: instance._id, err }, "a deploy was not repeated");
  }
}

function copyOf(worker: Worker, instance: Instance): Known | undefined {
  if (instance.child === worker.id) return { instance, pair: instance, isCurrent: true };
  const fenced = instance.fenced.find((f) => f.child === worker.id);
  return fenced && { instance, pair: fenced, isCurrent: false };
}

/** Reports that say nothing about the copy that is meant. */
function isNoNews(copy: Known, report: JobReport): boolean {
  if (!copy.isCurrent) return report.status !== "UNDEPLOYED";
  // The runtime says DEAD when it stops for our own delete; UNDEPLOYED is what ends a release.
  if (copy.instance.phase === "releasing") return report.status !== "UNDEPLOYED";
  // upstream: a second deploy of a task that lives is answered by FAILED.
  return report.status === "FAILED" && /already deployed/i.test(report.status_detail);
}

function statusOf(instance: Instance): Status | undefined {
  return currentObservation(instance)?.status;
}

function nameOf(specs: AssignmentDeps["specs"], instance: Instance): string {
  return `${specs.nameOf(instance.job_id)}/${instance.instance_number}`;
}
