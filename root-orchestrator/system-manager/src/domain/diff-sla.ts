import type {
  Application,
  ApplicationDiff,
  FieldChange,
  Job,
  Microservice,
  ServiceChange,
  SlaApplication,
} from "@oak/contracts";
import { isSameValue, specOf, wantedCount } from "@oak/core";
import { slaOf } from "./rollout-view.ts";

/** An application as it is stored, with its services. */
export interface StoredApplication {
  application: Application;
  services: readonly Job[];
}

/** What has to happen for a stored application to be what the document says; nothing stored: all of it. */
export function diffApplication(
  wanted: SlaApplication,
  stored: StoredApplication | undefined,
  jobOf: (job: Job, microservice: Microservice) => Job,
): ApplicationDiff {
  const { application_name, application_namespace, microservices } = wanted;
  const names = { application_name, application_namespace };
  if (stored === undefined) {
    const services = microservices.map(createdService);
    return { ...names, application_id: null, change: "create", services };
  }
  const byKey = new Map(stored.services.map((job) => [serviceKey(job), job]));
  const services = microservices.map((microservice) => {
    const job = byKey.get(serviceKey(microservice));
    byKey.delete(serviceKey(microservice));
    if (job === undefined) return createdService(microservice);
    return changedService(job, microservice, jobOf(job, microservice));
  });
  services.push(...[...byKey.values()].map(deletedService));
  const isSame = isDescribed(wanted, stored) && services.every(({ change }) => change === "none");
  return {
    ...names,
    application_id: stored.application._id,
    change: isSame ? "none" : "update",
    services,
  };
}

/** Whether the application itself is what the document says; what that leaves out stays. */
export function isDescribed(
  { application_desc: wanted }: SlaApplication,
  { application }: StoredApplication,
): boolean {
  return wanted === undefined || wanted === application.application_desc;
}

/** Names become DNS names, which know no case. */
export function serviceKey(
  service: Pick<Microservice, "microservice_name" | "microservice_namespace">,
): string {
  return `${service.microservice_name}.${service.microservice_namespace}`.toLowerCase();
}

export function createdService(microservice: Microservice): ServiceChange {
  return { ...namesOf(microservice), service_id: null, change: "create", fields: [] };
}

function deletedService(job: Job): ServiceChange {
  return { ...namesOf(job), service_id: job._id, change: "delete", fields: [] };
}

/** @param target the service as it would be stored if it were new */
export function changedService(job: Job, microservice: Microservice, target: Job): ServiceChange {
  const fields = diffFields(slaOf(job, specOf(job)), slaOf(target, specOf(target)));
  const kept = fields.filter(
    ({ path }) => !(path.startsWith("/addresses") && microservice.addresses === undefined),
  );
  const { replicas } = microservice;
  if (replicas !== undefined && replicas !== wantedCount(job)) {
    kept.push({ path: "/replicas", from: wantedCount(job), to: replicas });
  }
  const change = kept.length === 0 ? "none" : "update";
  return { ...namesOf(job), service_id: job._id, change, fields: kept };
}

function namesOf({ microservice_name, microservice_namespace }: Microservice) {
  return { microservice_name, microservice_namespace };
}

type Fields = Readonly<Record<string, unknown>>;

/** What differs, by JSON pointers; lists count as a whole. */
export function diffFields(from: Fields, to: Fields, prefix = ""): FieldChange[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return keys.flatMap((key): FieldChange[] => {
    const path = `${prefix}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const [before, after] = [from[key], to[key]];
    if (isSameValue(before, after)) return [];
    if (isFields(before) && isFields(after)) return diffFields(before, after, path);
    return [
      {
        path,
        ...(before === undefined ? {} : { from: before }),
        ...(after === undefined ? {} : { to: after }),
      },
    ];
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
