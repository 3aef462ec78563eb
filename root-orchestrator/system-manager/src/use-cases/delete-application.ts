import type { Id } from "@oak/contracts";
import type { Caller } from "../domain/caller.ts";
import { applicationAct, serviceDeleted } from "../domain/events/acts.ts";
import { assertMatch } from "../domain/if-match.ts";
import type { ApplicationStore } from "../ports/applications.ts";
import type { Events } from "../ports/events.ts";
import type { JobStore } from "../ports/jobs.ts";
import { ownApplication } from "./own-documents.ts";
import type { RetireService } from "./retire-service.ts";

export interface DeleteApplicationDeps {
  applications: Pick<ApplicationStore, "find" | "remove">;
  jobs: Pick<JobStore, "list">;
  retire: RetireService;
  events: Events;
}

/**
 * Deletes an application with all its services. Interrupted anywhere, it can be called again.
 * @throws AppError application_unknown
 */
export function createDeleteApplication(deps: DeleteApplicationDeps) {
  const { applications, jobs, retire, events } = deps;
  const retireAll = async (applicationID: Id, caller: Caller): Promise<void> => {
    const services = await jobs.list({ applicationID });
    await Promise.all(
      services.map(async (service) => {
        await retire(service._id);
        events.record(serviceDeleted(service, caller));
      }),
    );
  };
  return async (id: string, caller: Caller, ifMatch?: string): Promise<void> => {
    const application = await ownApplication(applications, id, caller);
    assertMatch(ifMatch, application.rev);
    const { _id } = application;
    await retireAll(_id, caller);
    await applications.remove(_id);
    // A service that was added while the others were deleted.
    await retireAll(_id, caller);
    events.record(applicationAct("application_deleted", application, caller));
  };
}
