import type { Application } from "@oak/contracts";
import type { AppError } from "@oak/kit";
import {
  type ApplicationPatch,
  type ApplicationWrite,
  applicationChange,
  newApplication,
} from "../domain/application-body.ts";
import { errors } from "../errors.ts";
import type { ApplicationStore } from "../ports.ts";
import { refusingDuplicates, versionConflict } from "./refusals.ts";

export interface WriteApplicationDeps {
  applications: Pick<ApplicationStore, "insert" | "update" | "versionOf">;
  newId: () => string;
}

/** `POST /api/v1/applications`: name and namespace are unique per user. */
export async function createApplication(
  { applications, newId }: WriteApplicationDeps,
  body: ApplicationWrite,
): Promise<Application> {
  const application = newApplication(body, body._id ?? newId());
  await refusingDuplicates(() => applications.insert(application), refusal);
  return application;
}

/** `PATCH /api/v1/applications/{id}`: compare-and-set when `if_version` is given. */
export async function patchApplication(
  { applications }: WriteApplicationDeps,
  id: string,
  body: ApplicationPatch,
): Promise<Application> {
  const change = applicationChange(body);
  const stored = await refusingDuplicates(
    () => applications.update(id, body.if_version, change),
    refusal,
  );
  if (stored !== undefined) return stored;
  const current = await applications.versionOf(id);
  if (current === undefined) throw errors.application_unknown(`No application ${id}`);
  throw versionConflict(current);
}

function refusal(field: string): AppError {
  return field === "_id"
    ? errors.already_exists("An application of this id exists")
    : errors.name_taken("The user has an application of this name and namespace");
}
