import {
  formatPortList,
  type Id,
  type Job,
  type Microservice,
  parsePortList,
} from "@oak/contracts";
import { serverKeys } from "./server-keys.ts";

/** What a service takes from the application that it belongs to. */
export interface JobApplication {
  applicationID: Id;
  application_name: string;
  application_namespace: string;
  /** user name */
  userId: string;
  owner_id?: Id;
  organization_id?: Id;
}

export interface JobStamp {
  /** one for each service, in their order */
  ids: readonly Id[];
  /** Unix seconds */
  now: number;
  /** of the instances that are wanted at once; 0 unless numbers were lifted */
  firstNumber?: number;
}

/**
 * The services of an application as they are stored, before any instance is wanted.
 * upstream: the job document of the resource abstractor.
 */
export function toJobs(
  application: JobApplication,
  services: readonly Microservice[],
  { ids, ...stamp }: JobStamp,
): Job[] {
  if (ids.length !== services.length) throw new RangeError("one id is needed for each service");
  return services.map((service, index) =>
    toJob(application, service, { ...stamp, id: ids[index] ?? "" }),
  );
}

/** `app.app_ns.service.service_ns`: names the service in containers, messages and DNS. */
export function jobNameOf(application: JobApplication, service: Microservice): string {
  return [
    application.application_name,
    application.application_namespace,
    service.microservice_name,
    service.microservice_namespace,
  ].join(".");
}

function toJob(
  application: JobApplication,
  service: Microservice,
  { id, now, firstNumber = 0 }: Omit<JobStamp, "ids"> & { id: Id },
): Job {
  const jobName = jobNameOf(application, service);
  const members = Array.from({ length: service.replicas ?? 0 }, (_, index) => firstNumber + index);
  return {
    ...withoutServerKeys(service),
    ...addressesOf(service),
    ...(service.port === undefined ? {} : { port: formatPortList(parsePortList(service.port)) }),
    _id: id,
    microserviceID: id,
    applicationID: application.applicationID,
    app_name: application.application_name,
    app_ns: application.application_namespace,
    service_name: service.microservice_name,
    service_ns: service.microservice_namespace,
    job_name: jobName,
    job_name_key: jobName.toLowerCase(),
    image: service.code,
    // upstream: "container" is an alias of the runtime that every worker has
    virtualization: service.virtualization === "container" ? "docker" : service.virtualization,
    ...ownerOf(application),
    rev: 0,
    spec_rev: 1,
    members,
    next_instance_progressive_number: members.length === 0 ? 0 : firstNumber + members.length,
    deleted: false,
    created_at: now,
  };
}

function ownerOf({ userId, owner_id, organization_id }: JobApplication) {
  return {
    owner: userId,
    ...(owner_id === undefined ? {} : { owner_id }),
    ...(organization_id === undefined ? {} : { organization_id }),
  };
}

function withoutServerKeys(service: Microservice): Microservice {
  // How many are wanted is what `members` says, and changes without the document.
  const kept = Object.entries(service).filter(
    ([key]) => !serverKeys.has(key) && key !== "replicas",
  );
  // The required keys of the schema are not among those that are dropped.
  return Object.fromEntries(kept) as Microservice;
}

/** upstream: the keys exist when `addresses` was given, null where it names no address. */
function addressesOf({ addresses }: Microservice): Pick<Job, "RR_ip" | "RR_ip_v6"> {
  if (addresses === undefined) return {};
  return { RR_ip: addresses.rr_ip ?? null, RR_ip_v6: addresses.rr_ip_v6 ?? null };
}
