import type { Application, ApplicationChange } from "@oak/contracts";
import type { Caller } from "../domain/caller.ts";
import { applicationAct } from "../domain/events/acts.ts";
import { assertMatch } from "../domain/if-match.ts";
import { errors } from "../errors.ts";
import type { ApplicationPatch } from "../ports/applications.ts";
import type { Events } from "../ports/events.ts";
import type { Editor } from "./editor.ts";
import { assertOwnApplication, isId } from "./own-documents.ts";

export interface UpdateApplicationDeps {
  applicationEditor: Editor<Application, ApplicationPatch>;
  events: Events;
}

/**
 * Renames or describes an application. Its owner and its services cannot be changed this way, whatever
 * the body says; services keep the job name with which they were made.
 * @throws AppError application_unknown, application_exists, precondition_failed
 */
export function createUpdateApplication({ applicationEditor, events }: UpdateApplicationDeps) {
  return async (
    id: string,
    change: ApplicationChange,
    { caller, ifMatch }: { caller: Caller; ifMatch?: string | undefined },
  ): Promise<void> => {
    const { application_name, application_namespace, application_desc } = change;
    const patch = {
      ...(application_name === undefined ? {} : { application_name }),
      ...(application_namespace === undefined ? {} : { application_namespace }),
      ...(application_desc === undefined ? {} : { application_desc }),
    };
    if (!isId(id)) throw errors.application_unknown();
    const edited = await applicationEditor.edit(id, (application) => {
      assertMatch(ifMatch, assertOwnApplication(application, caller).rev);
      return Object.keys(patch).length === 0 ? undefined : patch;
    });
    if (edited === undefined) throw errors.application_unknown();
    events.record(applicationAct("application_updated", edited, caller));
  };
}
