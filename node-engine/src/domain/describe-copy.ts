import { formatPortList, type HeldCopy, NETWORK_FULL, type Need } from "@oak/contracts";
import { needOf } from "@oak/core";
import type { InstanceRecord } from "../store/instance-record.ts";
import type { Fault } from "./fault.ts";
import { chooseCurrent, isCounted, readSpec } from "./plan-workload.ts";
import type { ObservedWorkload } from "./workload.ts";

/** What is known of an instance besides its record. */
export interface CopyView {
  /** undefined: the runtime has not been heard since the engine started. */
  observed: readonly ObservedWorkload[] | undefined;
  /** Percent, while the image is being pulled. */
  pulling?: number;
  /** The end of what the last run printed. */
  lastWords?: string;
  /** What holds the engine up at the moment; nothing that says anything about the workload. */
  trouble?: Fault;
  /** Exclusive, and the cluster has not said lately that it may run here. */
  isHeldBack?: boolean;
}

type Facts = Pick<HeldCopy, "status" | "status_detail" | "reason" | "progress" | "published_ports">;

/** What the worker says of an instance: derived from the facts each time, never set. */
export function describeCopy(record: InstanceRecord, view: CopyView): HeldCopy {
  const facts = record.wanted ? describeWanted(record, view) : describeDeleted(view);
  const isOver = record.wanted && facts.status !== "RUNNING";
  const need = record.wanted ? roomOf(record) : undefined;
  return {
    ...facts,
    ...(isOver && view.lastWords !== undefined && { logs: view.lastWords }),
    epoch: record.epoch,
    placement: record.placement,
    job_id: record.job_id,
    instance_number: record.instance_number,
    job_name: record.job.job_name,
    incarnation: record.incarnation,
    spec_rev: record.spec_rev,
    want_rev: record.want_rev,
    wanted: record.wanted,
    ...(need !== undefined && { need }),
    ...(record.local.restarts > 0 && { restarts: record.local.restarts }),
  };
}

/** Undefined of a spec that cannot be read: nothing of it ever runs. */
function roomOf({ job }: InstanceRecord): Need | undefined {
  try {
    return needOf(job);
  } catch {
    return undefined;
  }
}

function describeDeleted({ observed, trouble }: CopyView): Facts {
  if (observed?.length === 0) return { status: "UNDEPLOYED", status_detail: "" };
  // UNDEPLOYED is a promise that nothing runs; until that is seen, the copy counts as running.
  return { status: "RUNNING", ...because(trouble, "Stopping") };
}

function describeWanted(record: InstanceRecord, view: CopyView): Facts {
  const ended = describeOutcome(record);
  if (ended !== undefined) {
    // An end lets the cluster place the instance elsewhere, so nothing may run any more.
    const isRunning = view.observed?.some(({ state }) => state === "running") === true;
    return isRunning ? { status: "RUNNING", ...because(view.trouble, "Stopping") } : ended;
  }
  const { current } = chooseCurrent(record, readSpec(record), view.observed ?? []);
  if (current?.state === "running") {
    const ports = formatPortList(current.publishedPorts);
    const facts = { status: "RUNNING", status_detail: "" } as const;
    const opening = { status: "CREATED", status_detail: "Not listening on its ports yet" } as const;
    return {
      ...(current.isOpening === true ? opening : facts),
      ...(ports !== "" && { published_ports: ports }),
    };
  }
  const status = current === undefined ? "CREATING" : "CREATED";
  if (view.trouble !== undefined) return { status, ...because(view.trouble, "") };
  if (view.pulling !== undefined) {
    const detail = `Pulling ${record.job.image}`;
    return { status, status_detail: detail, progress: view.pulling };
  }
  if (view.isHeldBack === true && current?.state === "exited") {
    return { status, status_detail: "Stopped: the cluster was out of reach" };
  }
  // The present end of a run is about to be judged; what was decided of an earlier one is over.
  const isJudged = current?.state !== "exited" || isCounted(record.local, current);
  return { status, ...(isJudged ? describePause(record) : { status_detail: "" }) };
}

function describeOutcome({ local }: InstanceRecord): Facts | undefined {
  switch (local.outcome) {
    case "completed":
      return { status: "COMPLETED", status_detail: "" };
    case "drained":
      return { status: "DEAD", status_detail: "The worker was drained.", reason: "drained" };
    case "gave_up":
      return {
        status: "FAILED",
        status_detail: describeGivingUp(local),
        reason: whyGivenUp(local),
      };
    default:
      return undefined;
  }
}

/** That this worker is full says nothing about the workload, and the cluster is to know that. */
function whyGivenUp({ last_fault: fault }: InstanceRecord["local"]): string {
  return fault?.reason === NETWORK_FULL ? NETWORK_FULL : "gave_up";
}

function describeGivingUp({ failures, last_fault: fault }: InstanceRecord["local"]): string {
  const prefix = failures.length > 1 ? `Gave up after ${failures.length} tries: ` : "";
  return `${prefix}${fault?.detail ?? ""}`;
}

/** upstream: `status_detail` is shown to people as it stands. */
function describePause({ local }: InstanceRecord): Pick<Facts, "status_detail" | "reason"> {
  const { next_try: next, last_fault: fault } = local;
  if (next === undefined || fault === undefined) return { status_detail: "" };
  const when = next.delay_ms === 0 ? "now" : `in ${Math.ceil(next.delay_ms / 1_000)} s`;
  const verb = local.last_exit === undefined ? "Trying again" : "Restarting";
  return {
    status_detail: `${verb} ${when}, try ${next.attempt} of ${next.of}: ${fault.detail}`,
    reason: fault.reason,
  };
}

function because(
  trouble: Fault | undefined,
  otherwise: string,
): Pick<Facts, "status_detail" | "reason"> {
  if (trouble === undefined) return { status_detail: otherwise };
  return { status_detail: trouble.detail, reason: trouble.reason };
}
