import type { ServiceView } from "@oak/contracts";
import type { JobWithInstances } from "../ports/jobs.ts";

/** A stored service under the names and with the types that every client knows, without bookkeeping. */
export function serviceView(job: JobWithInstances): ServiceView {
  const {
    job_name_key: _key,
    members: _members,
    deleted: _deleted,
    owner: _owner,
    rev: _rev,
    ...shown
  } = job;
  return {
    ...shown,
    _id: { $oid: job._id },
    microserviceID: job._id,
    application_name: job.app_name,
    application_namespace: job.app_ns,
    // upstream: a service without instances has no status; older clients take the empty one
    status: job.status ?? "",
    status_detail: job.status_detail ?? "",
  };
}
