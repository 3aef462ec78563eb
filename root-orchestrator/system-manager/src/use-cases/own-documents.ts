import { type Application, Id, type Job } from "@oak/contracts";
import type { Caller } from "../domain/caller.ts";
import { errors } from "../errors.ts";
import type { ApplicationStore } from "../ports/applications.ts";

/*
 * What belongs to somebody else is answered as if it did not exist, and so are names in place of ids:
 * command line tools try both. Administrators have everything, members of an organization what was made in it; in
 * the organization root everybody has only what is his own.
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
  if (application === undefined || !isReachable(ownershipOf(application), caller)) {
    throw errors.application_unknown();
  }
  return application;
}

/** What a user calls his applications; to an administrator these are not all that he may change. */
export async function listOwnApplications(
  applications: Pick<ApplicationStore, "list">,
  caller: Caller,
): Promise<Application[]> {
  const { name: userId, organization, isShared } = caller;
  const found = await applications.list(isShared ? { organization_id: organization } : { userId });
  return found.filter((application) => isOwn(ownershipOf(application), caller));
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
  if (job === undefined || job.deleted || !isReachable(job, caller)) throw errors.service_unknown();
  return job;
}

export function isId(text: string): boolean {
  return Id.safeParse(text).success;
}

interface Ownership {
  /** user name */
  owner: string;
  /** absent in documents of older releases, whose name alone counts */
  owner_id?: Id;
  /** absent in documents of older releases, which are of the organization root */
  organization_id?: Id;
}

function ownershipOf({ userId, owner_id, organization_id }: Application): Ownership {
  return {
    owner: userId,
    ...(owner_id === undefined ? {} : { owner_id }),
    ...(organization_id === undefined ? {} : { organization_id }),
  };
}

function isReachable(document: Ownership, caller: Caller): boolean {
  return caller.isAdmin || isOwn(document, caller);
}

function isOwn({ owner, owner_id, organization_id }: Ownership, caller: Caller): boolean {
  if (caller.isShared) return organization_id === caller.organization;
  const isHere = organization_id === undefined || organization_id === caller.organization;
  // The id as well: somebody who is given the name of a user who was deleted is not his heir.
  return isHere && owner === caller.name && (owner_id === undefined || owner_id === caller.id);
}
