import {
  type Id,
  type Job,
  type Microservice,
  RolloutStrategy,
  type SlaWarning,
} from "@oak/contracts";
import { toJobs, warningsOf } from "@oak/core";
import type { Caller } from "../domain/caller.ts";
import { errors } from "../errors.ts";
import { readSla } from "./read-sla.ts";

/** What a request wants a service to be. */
export interface ServiceUpdate {
  /** the service as it would be stored if it were new */
  wanted: Job;
  microservice: Microservice;
  warnings: SlaWarning[];
}

const PREFIX = "/applications/0/microservices/0";

/**
 * Reads a microservice, or the whole SLA that older clients send, of which the first microservice counts.
 * @throws AppError sla_invalid
 */
export function readServiceUpdate(body: unknown, job: Job, caller: Caller): ServiceUpdate {
  const isWhole = typeof body === "object" && body !== null && "applications" in body;
  const document = isWhole ? withoutIds(body) : aroundService(body, job, caller);
  const sla = readSla(document, caller, isWhole ? "" : PREFIX);
  const [application] = sla.applications;
  const [microservice] = application?.microservices ?? [];
  if (microservice === undefined) {
    throw errors.sla_invalid("The document has no microservice that could be the update");
  }
  const warnings = warningsOf(sla).map(({ pointer, message }) => ({
    pointer: isWhole ? pointer : pointer.replace(PREFIX, ""),
    message,
  }));
  return { wanted: jobOf(job, microservice), microservice, warnings };
}

/** A microservice as a stored service of the same application. */
export function jobOf(job: Job, microservice: Microservice): Job {
  const [wanted] = toJobs(
    {
      applicationID: job.applicationID,
      application_name: job.app_name,
      application_namespace: job.app_ns,
      userId: job.owner,
    },
    [microservice],
    { ids: [job._id as Id], now: job.created_at },
  );
  if (wanted === undefined) throw new Error("one microservice makes one service");
  return wanted;
}

function aroundService(microservice: unknown, job: Job, caller: Caller): unknown {
  return {
    sla_version: "v2.0",
    customerID: caller.name,
    applications: [
      {
        application_name: job.app_name,
        application_namespace: job.app_ns,
        microservices: [withoutId(microservice)],
      },
    ],
  };
}

type Fields = Record<string, unknown>;

/** Clients send back what they were shown, with the id that the path names already. */
function withoutIds(body: object): unknown {
  const applications: unknown = Reflect.get(body, "applications");
  if (!Array.isArray(applications)) return body;
  const [application, ...others] = applications as unknown[];
  if (typeof application !== "object" || application === null) return body;
  const services: unknown = Reflect.get(application, "microservices");
  if (!Array.isArray(services)) return body;
  const first = { ...application, microservices: services.map(withoutId) };
  return { ...body, applications: [first, ...others] };
}

function withoutId(microservice: unknown): unknown {
  if (typeof microservice !== "object" || microservice === null) return microservice;
  const { microserviceID: _own, _id, instance_list: _list, ...rest } = microservice as Fields;
  return rest;
}

/**
 * How an update goes on: as the request says, else as the document says.
 * @throws AppError invalid_input, when nothing could ever be replaced
 */
export function strategyOf(
  asked: { [Key in keyof RolloutStrategy]?: RolloutStrategy[Key] | undefined },
  documented: RolloutStrategy = {},
): RolloutStrategy {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  const parsed = RolloutStrategy.safeParse({ ...documented, ...Object.fromEntries(given) });
  if (parsed.success) return parsed.data;
  throw errors.invalid_input(parsed.error.issues[0]?.message ?? "The strategy is not valid");
}
