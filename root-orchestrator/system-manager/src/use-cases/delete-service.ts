import type { Application } from "@oak/contracts";
import { AppError } from "@oak/kit";
import type { Caller } from "../domain/caller.ts";
import { serviceDeleted } from "../domain/events/acts.ts";
import { assertMatch } from "../domain/if-match.ts";
import type { ApplicationPatch } from "../ports/applications.ts";
import type { Events } from "../ports/events.ts";
import type { JobStore } from "../ports/jobs.ts";
import type { Editor } from "./editor.ts";
import { ownService } from "./own-documents.ts";
import type { RetireService } from "./retire-service.ts";

export interface DeleteServiceDeps {
  applicationEditor: Editor<Application, ApplicationPatch>;
  jobs: Pick<JobStore, "find">;
  retire: RetireService;
  events: Events;
}

/**
 * Deletes a service and all its instances. It leaves its application first: interrupted after that, it
 * is still there to be deleted again.
 * @throws AppError service_unknown, refused_by_hook
 */
export function createDeleteService(deps: DeleteServiceDeps) {
  const { applicationEditor, jobs, retire, events } = deps;
  return async (id: string, caller: Caller, ifMatch?: string): Promise<void> => {
    const job = await ownService(jobs.find, id, caller);
    assertMatch(ifMatch, job.rev);
    const { _id, applicationID } = job;
    await applicationEditor.edit(applicationID, ({ microservices }) =>
      microservices.includes(_id)
        ? { microservices: microservices.filter((other) => other !== _id) }
        : undefined,
    );
    try {
      await retire(_id);
    } catch (error) {
      // It stays, and so does its place in the application.
      if (isRefusal(error)) {
        await applicationEditor.edit(applicationID, ({ microservices }) =>
          microservices.includes(_id) ? undefined : { microservices: [...microservices, _id] },
        );
      }
      throw error;
    }
    events.record(serviceDeleted(job, caller));
  };
}

/** A hook that was asked before the end of the service said no. */
function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code === "refused_by_hook";
}
