import { instanceKey } from "@oak/contracts";
import type { WorkloadIdentity } from "../../domain/workload.ts";

/** Keys of the labels on each container: with them, what runs can be told without any other record. */
export const LABELS = {
  engineId: "oak.engine-id",
  taskId: "oak.task-id",
  jobId: "oak.job-id",
  jobName: "oak.job-name",
  instance: "oak.instance",
  epoch: "oak.epoch",
  placement: "oak.placement",
  specHash: "oak.spec-hash",
} as const;

/** On containers that hold a namespace, beside the id of the engine. */
export const PAUSE_LABEL = { key: "oak.role", value: "pause" } as const;

/** The ports of a workload that joins a namespace, none of which Docker publishes. */
export const PORTS_LABEL = "oak.ports";

/** upstream: the id of a task everywhere on a node. */
export function taskIdOf(identity: Pick<WorkloadIdentity, "jobName" | "instanceNumber">): string {
  return `${identity.jobName}.instance.${identity.instanceNumber}`;
}

export function toLabels(identity: WorkloadIdentity, engineId: string): Record<string, string> {
  return {
    [LABELS.engineId]: engineId,
    [LABELS.taskId]: taskIdOf(identity),
    [LABELS.jobId]: identity.jobId,
    [LABELS.jobName]: identity.jobName,
    [LABELS.instance]: String(identity.instanceNumber),
    [LABELS.epoch]: String(identity.pair.epoch),
    [LABELS.placement]: String(identity.pair.placement),
    [LABELS.specHash]: identity.specHash,
  };
}

/** The identity in a container's labels; undefined when they are not whole, as with a foreign container. */
export function fromLabels(labels: Readonly<Record<string, string>>): WorkloadIdentity | undefined {
  const jobId = labels[LABELS.jobId];
  const jobName = labels[LABELS.jobName];
  const specHash = labels[LABELS.specHash];
  const instanceNumber = toCount(labels[LABELS.instance]);
  const epoch = toCount(labels[LABELS.epoch]);
  const placement = toCount(labels[LABELS.placement]);
  if (jobId === undefined || jobName === undefined || specHash === undefined) return undefined;
  if (instanceNumber === undefined || epoch === undefined || placement === undefined) {
    return undefined;
  }
  const key = instanceKey(jobId, instanceNumber);
  return { key, jobId, jobName, instanceNumber, pair: { epoch, placement }, specHash };
}

function toCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
