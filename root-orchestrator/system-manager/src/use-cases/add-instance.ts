import { instanceKey, SLA_LIMITS } from "@oak/contracts";
import { wantedCount } from "@oak/core";
import { fp } from "@oak/kit";
import type { Caller } from "../domain/caller.ts";
import { instanceAct } from "../domain/events/acts.ts";
import { withMore } from "../domain/members.ts";
import { errors } from "../errors.ts";
import type { Events } from "../ports/events.ts";
import { assertOwnService, isId } from "./own-documents.ts";
import { placeWanted, type WantInstancesDeps } from "./want-instances.ts";

export interface AddInstanceDeps extends WantInstancesDeps {
  events: Events;
  /** Numbers continue above it; raised when an older state of the database was put back. */
  numberBase(): number;
}

/**
 * Wants one instance more. Numbers are never used twice. Resolves with the number once it is stored;
 * then placing it is only a matter of time. Its addresses are asked for while it is placed; when that is waited for (see
 * `Network.giveInstanceSoon`) and there are none left, it is not wanted any more.
 * @throws AppError service_unknown, too_many_instances, addresses_exhausted
 */
export function createAddInstance(deps: AddInstanceDeps) {
  return async (serviceId: string, caller: Caller): Promise<number> => {
    if (!isId(serviceId)) throw errors.service_unknown();
    let number = 0;
    const job = await deps.jobEditor.edit(serviceId, (current) => {
      if (wantedCount(assertOwnService(current, caller)) >= SLA_LIMITS.instancesPerService) {
        throw errors.too_many_instances(
          `A service has at most ${SLA_LIMITS.instancesPerService} instances`,
        );
      }
      const { patch, added } = withMore(current, 1, deps.numberBase());
      [number = 0] = added;
      return patch;
    });
    if (job === undefined) throw errors.service_unknown();
    fp("root.intent_stored", instanceKey(serviceId, number));
    deps.events.record(instanceAct("instance_requested", { job, number }, caller));
    await placeWanted(deps, serviceId, [number]);
    return number;
  };
}
