import { z } from "zod";

/** Statuses of the way to a running workload, in the order in which an instance meets them. */
export const SCHEDULING_STATUSES = ["REQUESTED", "CLUSTER_SCHEDULED", "NODE_SCHEDULED"] as const;

/** Why no place was found. Written at the instance and, when nothing of the service runs, at the service. */
export const REFUSAL_STATUSES = [
  "TargetClusterNotFound",
  "TargetClusterNotActive",
  "TargetClusterNoCapacity",
  "NoActiveClusterWithCapacity",
  "NO_WORKER_CAPACITY",
  "NO_QUALIFIED_WORKER_FOUND",
  "NO_NODE_FOUND",
] as const;

/** What a worker says of a workload. */
export const DEPLOYMENT_STATUSES = [
  "CREATING",
  "CREATED",
  "RUNNING",
  "FAILED",
  "DEAD",
  "COMPLETED",
  "UNDEPLOYED",
] as const;

export const STATUSES = [
  ...SCHEDULING_STATUSES,
  ...REFUSAL_STATUSES,
  ...DEPLOYMENT_STATUSES,
] as const;

/**
 * The closed list that clients may see: an older CLI ends with an exception on any other value
 * (upstream: its status enums raise ValueError). New facts go to `status_detail` or new fields.
 */
export const Status = z.enum(STATUSES).meta({ id: "Status" });
export type Status = z.infer<typeof Status>;

export const RefusalStatus = z.enum(REFUSAL_STATUSES).meta({ id: "RefusalStatus" });
export type RefusalStatus = z.infer<typeof RefusalStatus>;

export const DeploymentStatus = z.enum(DEPLOYMENT_STATUSES).meta({ id: "DeploymentStatus" });
export type DeploymentStatus = z.infer<typeof DeploymentStatus>;
