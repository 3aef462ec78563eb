import type { JobSpec } from "@oak/contracts";

/**
 * A spec as the resource abstractor stores a job: the keys that a document must have and that do not travel
 * with every spec are filled from its name, `app.app_ns.service.service_ns`. Its `job_name_key` carries
 * the id, because here an old service may still be on its way out when a new one of its name arrives.
 */
export function clusterJob(spec: JobSpec): Record<string, unknown> {
  const [app = "", appNs = "", service = "", serviceNs = ""] = spec.job_name.split(".");
  return {
    code: spec.image,
    applicationID: "",
    app_name: app,
    app_ns: appNs,
    service_name: service,
    service_ns: serviceNs,
    microservice_name: spec["service_name"] ?? service,
    microservice_namespace: spec["service_ns"] ?? serviceNs,
    ...spec,
    job_name_key: `${spec.job_name.toLowerCase()}#${spec._id}`,
  };
}
