import {
  type Application,
  type Id,
  type Job,
  type ServiceOutcome,
  type ServicesCreated,
  SLA_LIMITS,
} from "@oak/contracts";
import { toJobs, warningsOf } from "@oak/core";
import { AppError, type Clock } from "@oak/kit";
import type { Caller } from "../domain/caller.ts";
import { serviceCreated } from "../domain/events/acts.ts";
import { errors } from "../errors.ts";
import type { ApplicationPatch, ApplicationStore } from "../ports/applications.ts";
import type { Events } from "../ports/events.ts";
import type { JobStore } from "../ports/jobs.ts";
import type { Network } from "../ports/network.ts";
import type { Editor } from "./editor.ts";
import { ownApplication } from "./own-documents.ts";
import { readSla } from "./read-sla.ts";
import type { RetireService } from "./retire-service.ts";
import { storeService } from "./store-service.ts";

export interface AddServicesDeps {
  applications: Pick<ApplicationStore, "find">;
  applicationEditor: Editor<Application, ApplicationPatch>;
  jobs: Pick<JobStore, "create">;
  network: Pick<Network, "giveService" | "giveInstance" | "takeBack">;
  retire: RetireService;
  events: Events;
  newId: () => Id;
  /** see `AddInstanceDeps` */
  numberBase(): number;
  clock: Pick<Clock, "nowMs">;
}

/**
 * Adds the services of an SLA to an application that exists. A service whose name or address is taken is
 * listed as failed, the others are created. upstream: `POST /api/service/` reads the first application only.
 * @throws AppError sla_invalid, application_unknown, too_many_services
 */
export function createAddServices(deps: AddServicesDeps) {
  return async (body: unknown, caller: Caller): Promise<ServicesCreated> => {
    const sla = readSla(body, caller);
    const [wanted] = sla.applications;
    if (wanted === undefined) throw noApplication();
    const application = await ownApplication(deps.applications, wanted.applicationID ?? "", caller);
    assertRoom(application, wanted.microservices.length);
    const jobs = toJobs(application, wanted.microservices, {
      ids: wanted.microservices.map(deps.newId),
      now: Math.floor(deps.clock.nowMs() / 1_000),
      firstNumber: deps.numberBase(),
    });
    const { created, outcomes } = await storeServices(deps, application._id, jobs);
    for (const job of created) deps.events.record(serviceCreated(job, caller));
    return { ...outcomes, warnings: warningsOf({ ...sla, applications: [wanted] }) };
  };
}

async function storeServices(
  deps: AddServicesDeps,
  applicationId: Id,
  jobs: readonly Job[],
): Promise<{ created: Job[]; outcomes: Omit<ServicesCreated, "warnings"> }> {
  const created: Job[] = [];
  const failed: ServiceOutcome[] = [];
  try {
    for (const job of jobs) {
      const refusal = await refusalOf(deps, job);
      if (refusal === undefined) created.push(job);
      else failed.push(refusal);
    }
    await list(deps.applicationEditor, applicationId, created);
  } catch (error) {
    // An unknown outcome counts as stored: what does not exist is retired without effect.
    for (const job of jobs) await deps.retire(job._id).catch(() => undefined);
    throw error;
  }
  const outcomes = {
    job_id: created.at(-1)?._id ?? null,
    deployed_services: created.map((job) => ({ service_name: job.service_name, status: 200 })),
    failed_services: failed,
  };
  return { created, outcomes };
}

/** Why a service is not there, if it is not; nothing of it is left then. */
async function refusalOf(deps: AddServicesDeps, job: Job): Promise<ServiceOutcome | undefined> {
  try {
    if ((await storeService(deps, job)).ok) return undefined;
    // Its addresses were asked for side by side.
    await deps.network.takeBack(job._id);
    return nameTaken(job);
  } catch (error) {
    if (!(error instanceof AppError) || error.status === 503) throw error;
    await deps.retire(job._id);
    return { service_name: job.service_name, status: error.status, message: error.message };
  }
}

/** The last step, so that an application that was deleted meanwhile takes its new services along. */
async function list(
  editor: AddServicesDeps["applicationEditor"],
  applicationId: Id,
  jobs: readonly Job[],
): Promise<void> {
  if (jobs.length === 0) return;
  const edited = await editor.edit(applicationId, (application) => {
    assertRoom(application, jobs.length);
    return { microservices: [...application.microservices, ...jobs.map((job) => job._id)] };
  });
  if (edited === undefined) throw errors.application_unknown();
}

function assertRoom(application: Application, more: number): void {
  const { servicesPerApplication } = SLA_LIMITS;
  if (application.microservices.length + more <= servicesPerApplication) return;
  throw errors.too_many_services(
    `An application has at most ${servicesPerApplication} services; this one has ` +
      `${application.microservices.length} and ${more} more were asked for`,
  );
}

function nameTaken(job: Job): ServiceOutcome {
  const message = `The name ${job.job_name} is taken`;
  return { service_name: job.service_name, status: 409, message };
}

function noApplication() {
  const pointer = "/applications";
  const fault = {
    pointer,
    message: "is empty",
    found: "an empty list",
    allowed: "one application",
  };
  return errors.sla_invalid({ detail: `${pointer}: ${fault.message}`, faults: [fault] });
}
