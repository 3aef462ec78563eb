import type { Job } from "@oak/contracts";
import { fp } from "@oak/kit";
import type { Caller } from "../domain/caller.ts";
import { instanceAct } from "../domain/events/acts.ts";
import { without } from "../domain/members.ts";
import { errors } from "../errors.ts";
import type { Events } from "../ports/events.ts";
import type { JobPatch } from "../ports/jobs.ts";
import type { Nudge } from "../ports/nudge.ts";
import type { Editor } from "./editor.ts";
import { assertOwnService, isId } from "./own-documents.ts";

export interface RemoveInstanceDeps {
  jobEditor: Editor<Job, JobPatch>;
  nudge: Nudge;
  events: Events;
}

/** upstream: in place of a number it means every instance. */
export const everyInstance = "-1";

/**
 * Wants one instance less, or none at all. `number` is the text of the path.
 * @throws AppError service_unknown, instance_unknown
 */
export function createRemoveInstance({ jobEditor, nudge, events }: RemoveInstanceDeps) {
  return async (serviceId: string, number: string, caller: Caller): Promise<void> => {
    if (!isId(serviceId)) throw errors.service_unknown();
    let removed: readonly number[] = [];
    const job = await jobEditor.edit(serviceId, (current) => {
      const { members } = assertOwnService(current, caller);
      const isAll = number === everyInstance;
      const leaving = isAll ? members : members.filter((member) => String(member) === number);
      removed = leaving;
      if (leaving.length > 0) return without(current, leaving).patch;
      if (isAll) return undefined;
      throw errors.instance_unknown();
    });
    if (job === undefined) throw errors.service_unknown();
    fp("root.delete_stored", serviceId);
    for (const each of removed) {
      events.record(instanceAct("instance_removed", { job, number: each }, caller));
    }
    nudge(serviceId);
  };
}
