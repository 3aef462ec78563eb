import type { Id } from "@oak/contracts";
import type { Caller } from "../domain/caller.ts";
import type { ApplicationStore } from "../ports/applications.ts";
import type { JobStore } from "../ports/jobs.ts";
import { ownApplication } from "./own-documents.ts";
import type { RetireService } from "./retire-service.ts";

export interface DeleteApplicationDeps {
  applications: Pick<ApplicationStore, "find" | "remove">;
  jobs: Pick<JobStore, "list">;
  retire: RetireService;
}

/**
 * Deletes an application with all its services. Interrupted anywhere, it can be called again.
 * @throws AppError application_unknown
 */
export function createDeleteApplication({ applications, jobs, retire }: DeleteApplicationDeps) {
  const retireAll = async (applicationID: Id): Promise<void> => {
    const services = await jobs.list({ applicationID });
    await Promise.all(services.map((service) => retire(service._id)));
  };
  return async (id: string, caller: Caller): Promise<void> => {
    const { _id } = await ownApplication(applications, id, caller);
    await retireAll(_id);
    await applications.remove(_id);
    // A service that was added while the others were deleted.
    await retireAll(_id);
  };
}
