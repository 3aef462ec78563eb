import { instanceKey, type Job, SLA_LIMITS } from "@oak/contracts";
import { fp } from "@oak/kit";
import type { Caller } from "../domain/caller.ts";
import { errors } from "../errors.ts";
import type { JobPatch } from "../ports/jobs.ts";
import type { Nudge } from "../ports/nudge.ts";
import type { Editor } from "./editor.ts";
import { assertOwnService, isId } from "./own-documents.ts";

export interface AddInstanceDeps {
  jobEditor: Editor<Job, JobPatch>;
  nudge: Nudge;
  /** Numbers continue above it; raised when an older state of the database was put back. */
  numberBase(): number;
}

/**
 * Wants one instance more. Numbers are never used twice. Resolves with the number once it is stored;
 * then placing it is only a matter of time.
 * @throws AppError service_unknown, too_many_instances
 */
export function createAddInstance({ jobEditor, nudge, numberBase }: AddInstanceDeps) {
  return async (serviceId: string, caller: Caller): Promise<number> => {
    if (!isId(serviceId)) throw errors.service_unknown();
    let added = 0;
    const job = await jobEditor.edit(serviceId, (current) => {
      const { members } = assertOwnService(current, caller);
      if (members.length >= SLA_LIMITS.instancesPerService) {
        throw errors.too_many_instances(
          `A service has at most ${SLA_LIMITS.instancesPerService} instances`,
        );
      }
      added = Math.max(current.next_instance_progressive_number, numberBase());
      return { members: [...members, added], next_instance_progressive_number: added + 1 };
    });
    if (job === undefined) throw errors.service_unknown();
    fp("root.intent_stored", instanceKey(serviceId, added));
    nudge(serviceId);
    return added;
  };
}
