import { type InstanceView, REFUSAL_STATUSES, type Status } from "@oak/contracts";
import { isRefusal } from "./instance-view.ts";

export interface JobStatus {
  status: Status;
  status_detail: string;
}

/** What a person should hear first: trouble, then what is missing, then what is on its way. */
const telling: readonly Status[] = [
  "FAILED",
  "DEAD",
  ...REFUSAL_STATUSES,
  "REQUESTED",
  "CLUSTER_SCHEDULED",
  "NODE_SCHEDULED",
  "CREATING",
  "CREATED",
  "RUNNING",
  "COMPLETED",
  "UNDEPLOYED",
];

/**
 * The status of a service from those of its instances: RUNNING when all run (or have completed),
 * otherwise the most telling one. A refusal stands for the whole service only while nothing of it runs;
 * beside a running instance the refused one just waits. Undefined without instances.
 */
export function jobStatus(views: readonly InstanceView[]): JobStatus | undefined {
  const running = views.filter((view) => view.status === "RUNNING").length;
  const statusOf = ({ status }: InstanceView): Status =>
    running > 0 && isRefusal(status) ? "REQUESTED" : status;
  const [first, ...others] = views;
  if (first === undefined) return undefined;
  const worst = others.reduce(
    (found, view) => (rankOf(statusOf(view)) < rankOf(statusOf(found)) ? view : found),
    first,
  );
  const status = statusOf(worst);
  if (views.length === 1 || status === "RUNNING") {
    return { status, status_detail: worst.status_detail };
  }
  return {
    status,
    status_detail: `${running} of ${views.length} running; instance ${worst.instance_number}: ${worst.status_detail}`,
  };
}

function rankOf(status: Status): number {
  return telling.indexOf(status);
}
