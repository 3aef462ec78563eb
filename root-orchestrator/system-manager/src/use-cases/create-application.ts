import {
  type Application,
  type Id,
  SLA_LIMITS,
  type Sla,
  type SlaApplication,
  type SlaWarning,
} from "@oak/contracts";
import { applicationServerKeys, toJobs, warningsOf } from "@oak/core";
import type { Clock, Logger } from "@oak/kit";
import { fp } from "@oak/kit";
import type { Caller } from "../domain/caller.ts";
import { applicationAct, serviceCreated } from "../domain/events/acts.ts";
import { errors } from "../errors.ts";
import type { ApplicationStore } from "../ports/applications.ts";
import type { Events, NewEvent } from "../ports/events.ts";
import type { JobStore } from "../ports/jobs.ts";
import type { Network } from "../ports/network.ts";
import { listOwnApplications } from "./own-documents.ts";
import { readSla } from "./read-sla.ts";
import type { RetireService } from "./retire-service.ts";
import { storeService } from "./store-service.ts";

export interface CreateApplicationDeps {
  applications: Pick<ApplicationStore, "create" | "list" | "remove">;
  jobs: Pick<JobStore, "create">;
  network: Pick<Network, "giveService" | "giveInstance">;
  retire: RetireService;
  events: Events;
  newId: () => Id;
  /** see `AddInstanceDeps` */
  numberBase(): number;
  clock: Pick<Clock, "nowMs">;
  logger: Logger;
}

/** How to take back what a request has stored so far, the latest first. */
type Undo = (() => Promise<void>)[];

/**
 * Stores every application of an SLA with its services, or nothing of it.
 * upstream: `POST /api/application/` answers all applications of the user, here of his organization.
 * @throws AppError sla_invalid, too_many_applications, application_exists, service_name_taken, address_taken, addresses_exhausted
 */
export function createCreateApplication(deps: CreateApplicationDeps) {
  return async (body: unknown, caller: Caller): Promise<Application[]> => {
    const sla = readSla(body, caller);
    await assertRoom(deps.applications, caller, sla.applications.length);
    const undo: Undo = [];
    const told: NewEvent[] = [];
    try {
      for (const application of sla.applications) {
        await storeApplication(deps, { sla, application, caller, undo, told });
      }
    } catch (error) {
      await takeBack(undo, deps.logger);
      throw error;
    }
    for (const event of told) deps.events.record(event);
    return listOwnApplications(deps.applications, caller);
  };
}

/** Requests side by side may go a little beyond: the limit keeps machines from filling the database, not people. */
async function assertRoom(
  applications: CreateApplicationDeps["applications"],
  { name: userId }: Caller,
  more: number,
): Promise<void> {
  const { applicationsPerUser } = SLA_LIMITS;
  if ((await applications.list({ userId })).length + more <= applicationsPerUser) return;
  throw errors.too_many_applications(`A user has at most ${applicationsPerUser} applications`);
}

interface Order {
  sla: Sla;
  application: SlaApplication;
  caller: Caller;
  undo: Undo;
  /** what there is to tell once all of it is stored */
  told: NewEvent[];
}

async function storeApplication(deps: CreateApplicationDeps, order: Order): Promise<void> {
  const { applications, retire, newId, clock } = deps;
  const serviceIds = order.application.microservices.map(newId);
  const application = applicationOf(order, { id: newId(), serviceIds });
  // What is taken back is noted first: a write whose answer got lost may have happened.
  order.undo.unshift(() => applications.remove(application._id));
  const stored = await applications.create(application);
  if (!stored.ok) throw errors.application_exists(nameTaken(application));
  fp("root.application_stored", application._id);
  order.told.push(applicationAct("application_created", application, order.caller));
  const services = toJobs(application, order.application.microservices, {
    ids: serviceIds,
    now: Math.floor(clock.nowMs() / 1_000),
    firstNumber: deps.numberBase(),
  });
  for (const service of services) {
    order.undo.unshift(() => retire(service._id));
    const created = await storeService(deps, service);
    if (!created.ok) throw errors.service_name_taken(`The name ${service.job_name} is taken`);
    order.told.push(serviceCreated(service, order.caller));
  }
}

function nameTaken({ application_name: name, application_namespace: space }: Application): string {
  return `You have an application ${name} in the namespace ${space} already`;
}

function applicationOf(
  { sla, application, caller }: Order,
  { id, serviceIds }: { id: Id; serviceIds: Id[] },
): Application {
  const kept = Object.entries(application).filter(([key]) => !applicationServerKeys.has(key));
  const warnings = warningsFor(sla, application);
  return {
    ...Object.fromEntries(kept),
    _id: id,
    applicationID: id,
    application_name: application.application_name,
    application_namespace: application.application_namespace,
    application_desc: application.application_desc ?? "",
    userId: caller.name,
    owner_id: caller.id,
    organization_id: caller.organization,
    microservices: serviceIds,
    warnings,
    rev: 0,
  };
}

/** Those about this application and those about the document around it. */
function warningsFor(sla: Sla, application: SlaApplication): SlaWarning[] {
  const own = `/applications/${sla.applications.indexOf(application)}/`;
  return warningsOf(sla).filter(
    ({ pointer }) => !pointer.startsWith("/applications/") || pointer.startsWith(own),
  );
}

async function takeBack(undo: Undo, logger: Logger): Promise<void> {
  for (const step of undo) {
    try {
      await step();
    } catch (error) {
      logger.error({ err: error }, "what a failed request had stored could not be taken back");
    }
  }
}
