import { Job, Microservice } from "@oak/contracts";

/**
 * Keys of a stored service whose value is the server's alone. What a document says there is dropped;
 * everything else that is unknown is kept as it is.
 */
export const serverKeys: ReadonlySet<string> = new Set([
  ...Object.keys(Job.shape).filter((key) => !Object.hasOwn(Microservice.shape, key)),
  // views and conditions, which belong to an answer or a request and not to a document
  "application_name",
  "application_namespace",
  "candidate",
  "cluster_id",
  "if_version",
  "instance_list",
  "revision",
]);

/** The same for applications; some clients send these along. */
export const applicationServerKeys: ReadonlySet<string> = new Set([
  "_id",
  "action",
  "organization_id",
  "owner_id",
  "rev",
  "userId",
  "warnings",
]);
