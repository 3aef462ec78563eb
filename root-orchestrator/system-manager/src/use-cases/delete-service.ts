import type { Application } from "@oak/contracts";
import type { Caller } from "../domain/caller.ts";
import type { ApplicationPatch } from "../ports/applications.ts";
import type { JobStore } from "../ports/jobs.ts";
import type { Editor } from "./editor.ts";
import { ownService } from "./own-documents.ts";
import type { RetireService } from "./retire-service.ts";

export interface DeleteServiceDeps {
  applicationEditor: Editor<Application, ApplicationPatch>;
  jobs: Pick<JobStore, "find">;
  retire: RetireService;
}

/**
 * Deletes a service and all its instances. It leaves its application first: interrupted after that, it
 * is still there to be deleted again.
 * @throws AppError service_unknown
 */
export function createDeleteService({ applicationEditor, jobs, retire }: DeleteServiceDeps) {
  return async (id: string, caller: Caller): Promise<void> => {
    const { _id, applicationID } = await ownService(jobs.find, id, caller);
    await applicationEditor.edit(applicationID, ({ microservices }) =>
      microservices.includes(_id)
        ? { microservices: microservices.filter((other) => other !== _id) }
        : undefined,
    );
    await retire(_id);
  };
}
