import { instanceKey, type Job, SLA_LIMITS } from "@oak/contracts";
import { fp } from "@oak/kit";
import type { Caller } from "../domain/caller.ts";
import { errors } from "../errors.ts";
import type { JobPatch } from "../ports/jobs.ts";
import type { Network } from "../ports/network.ts";
import type { Nudge } from "../ports/nudge.ts";
import type { Editor } from "./editor.ts";
import { assertOwnService, isId } from "./own-documents.ts";

export interface AddInstanceDeps {
  jobEditor: Editor<Job, JobPatch>;
  network: Pick<Network, "giveInstance">;
  nudge: Nudge;
  /** Numbers continue above it; raised when an older state of the database was put back. */
  numberBase(): number;
}

/**
 * Wants one instance more. Numbers are never used twice. Resolves with the number once it is stored;
 * then placing it is only a matter of time. Its addresses are asked for while it is placed; should there be none left, it
 * is not wanted any more.
 * @throws AppError service_unknown, too_many_instances, addresses_exhausted
 */
export function createAddInstance({ jobEditor, network, nudge, numberBase }: AddInstanceDeps) {
  const giveUp = async (serviceId: string, number: number): Promise<void> => {
    await jobEditor.edit(serviceId, ({ members }) => ({
      members: members.filter((member) => member !== number),
    }));
    nudge(serviceId);
  };
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
    try {
      await network.giveInstance(serviceId, added);
    } catch (error) {
      await giveUp(serviceId, added);
      throw error;
    }
    return added;
  };
}
