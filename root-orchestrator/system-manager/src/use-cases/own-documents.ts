import { type Application, Id, type Job } from "@oak/contracts";
import type { Caller } from "../domain/caller.ts";
import { errors } from "../errors.ts";
import type { ApplicationStore } from "../ports/applications.ts";

/*
 * What belongs to somebody else is answered as if it did not exist, and so are names in place of ids:
 * command line tools try both.
 */

/** @throws AppError application_unknown */
export async function ownApplication(
  applications: Pick<ApplicationStore, "find">,
  id: string,
  caller: Caller,
): Promise<Application> {
  const found = isId(id) ? await applications.find(id) : undefined;
  return assertOwnApplication(found, caller);
}

/** @throws AppError application_unknown */
export function assertOwnApplication(
  application: Application | undefined,
  caller: Caller,
): Application {
  if (application === undefined || application.userId !== caller.name) {
    throw errors.application_unknown();
  }
  return application;
}

/**
 * @param find how the service is read: as stored, or with its instances
 * @throws AppError service_unknown
 */
export async function ownService<Service extends Job>(
  find: (id: Id) => Promise<Service | undefined>,
  id: string,
  caller: Caller,
): Promise<Service> {
  return assertOwnService(isId(id) ? await find(id) : undefined, caller);
}

/** @throws AppError service_unknown */
export function assertOwnService<Service extends Job>(
  job: Service | undefined,
  caller: Caller,
): Service {
  if (job === undefined || job.deleted || job.owner !== caller.name) {
    throw errors.service_unknown();
  }
  return job;
}

export function isId(text: string): boolean {
  return Id.safeParse(text).success;
}
