import type {
  ClusterInstanceReport,
  ClusterJobReport,
  Instance,
  InstanceKey,
  Observation,
} from "@oak/contracts";
import { currentObservation } from "@oak/core";

/** Figures of one running instance, as decimal strings, and the end of its log. */
export type InstanceFacts = Partial<
  Pick<Observation, "cpu_percent" | "memory_percent" | "disk" | "logs">
>;

/** What is known beside the record of an instance. */
export interface KnownBeside {
  /** figures that are newer than the record's */
  latest?: InstanceFacts | undefined;
  /** where its worker can be reached */
  address?: string | undefined;
}

/** What the root is told of one instance. `epoch` is the root's, `placement` does not concern it. */
export function instanceReport(
  instance: Instance,
  { latest, address }: KnownBeside = {},
): ClusterInstanceReport {
  const seen = currentObservation(instance);
  const isClosed = instance.phase === "closed";
  const isRunningHere = instance.phase === "assigned" && seen !== undefined;
  const isRefused = isClosed && instance.reason === "handed_back";
  const { released: _r, refused: _f, session: _s, seq: _q, at: _a, ...facts } = seen ?? {};
  return {
    // A worker need not know its own address; what it says of itself counts more.
    ...(isRunningHere && address !== undefined ? { publicip: address, host_ip: address } : {}),
    ...facts,
    ...(isRunningHere && seen.status === "RUNNING" ? latest : undefined),
    instance_number: instance.instance_number,
    incarnation: instance.intent?.incarnation ?? "",
    want_rev: instance.intent?.want_rev ?? 0,
    ...wordsOf(instance, isRunningHere ? seen : undefined),
    epoch: instance.intent?.epoch ?? instance.epoch,
    placement: 0,
    ...(instance.child === null ? {} : { worker_id: instance.child }),
    // It may be handed back while a copy on a silent worker may still run: that one is told when it has ended.
    released: isClosed && instance.fenced.length === 0,
    ...(isRefused ? { refused: instance.status_detail } : {}),
  };
}

/** What a user reads of it. @param seen of the copy that is here, if one is */
function wordsOf(instance: Instance, seen: Observation | undefined) {
  const { status, status_detail, reason } = instance;
  if (seen === undefined) return { status, status_detail, reason };
  return {
    status: seen.status,
    status_detail: wordsOfMove(instance) ?? seen.status_detail,
    reason: seen.reason ?? reason,
  };
}

/** While it moves, and when it was not moved, that is what a user waits to read. */
function wordsOfMove({ move }: Instance): string | undefined {
  if (move == null) return undefined;
  if (move.child !== null) return `moving to ${move.child}`;
  return move.detail === "" ? undefined : `not moved: ${move.detail}`;
}

/** What a report is made of beside the records. */
export interface ReportSources {
  nameOf(jobId: string): string;
  factsOf?: ((key: InstanceKey) => InstanceFacts | undefined) | undefined;
  addressOf?: ((workerId: string) => string | undefined) | undefined;
}

/** Groups instances by their service, as the report has them. */
export function jobReports(
  instances: Iterable<Instance>,
  { nameOf, factsOf, addressOf }: ReportSources,
): ClusterJobReport[] {
  const byJob = new Map<string, ClusterJobReport>();
  for (const instance of instances) {
    const { job_id, child } = instance;
    const found = byJob.get(job_id);
    const report = instanceReport(instance, {
      latest: factsOf?.(instance._id),
      address: child === null ? undefined : addressOf?.(child),
    });
    if (found !== undefined) found.instance_list.push(report);
    else byJob.set(job_id, { _id: job_id, job_name: nameOf(job_id), instance_list: [report] });
  }
  return [...byJob.values()];
}
