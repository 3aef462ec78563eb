import {
  DRAIN_S,
  type InstanceMoveBody,
  type InstanceView,
  instanceKey,
  type Job,
  type MoveRequest,
} from "@oak/contracts";
import { jobOfMember, whyNeverTwice } from "@oak/core";
import { fp } from "@oak/kit";
import type { Caller } from "../domain/caller.ts";
import { instanceAct } from "../domain/events/acts.ts";
import { errors } from "../errors.ts";
import type { Events } from "../ports/events.ts";
import type { JobPatch, JobStore, JobWithInstances } from "../ports/jobs.ts";
import type { Nudge } from "../ports/nudge.ts";
import type { Editor } from "./editor.ts";
import { assertOwnService, ownService } from "./own-documents.ts";

export interface MoveInstanceDeps {
  jobs: Pick<JobStore, "findWithInstances">;
  jobEditor: Editor<Job, JobPatch>;
  nudge: Nudge;
  events: Events;
}

/**
 * Wants an instance on another worker of its cluster. Resolves once that is stored; which workers there are, and
 * which of them has room, only the cluster knows: what came of it is in `status_detail`.
 * @throws AppError service_unknown, instance_unknown, instance_not_movable, instance_not_running
 */
export function createMoveInstance({ jobs, jobEditor, nudge, events }: MoveInstanceDeps) {
  return async (
    serviceId: string,
    number: string,
    body: InstanceMoveBody,
    caller: Caller,
  ): Promise<void> => {
    const service = await ownService(jobs.findWithInstances, serviceId, caller);
    const { epoch, instance_number } = assertMovable(service, number, body);
    const { node = null, drain_s = DRAIN_S.default } = body;
    const job = await jobEditor.edit(serviceId, (current) => {
      const { members, rev, moves = {} } = assertOwnService(current, caller);
      if (!members.includes(instance_number)) throw errors.instance_unknown();
      const request = { request: rev + 1, epoch, node, drain_s };
      return { moves: { ...kept(moves, members), [number]: request } };
    });
    if (job === undefined) throw errors.service_unknown();
    fp("root.move_stored", instanceKey(serviceId, instance_number));
    const moved = { job, number: instance_number, to: body.node };
    events.record(instanceAct("instance_move_requested", moved, caller));
    nudge(serviceId);
  };
}

function assertMovable(
  service: JobWithInstances,
  number: string,
  { node }: InstanceMoveBody,
): InstanceView {
  const instance = service.instance_list.find(
    ({ instance_number }) => String(instance_number) === number,
  );
  if (instance === undefined) throw errors.instance_unknown();
  const never = whyNeverTwice(jobOfMember(service, instance.instance_number));
  if (never !== undefined) throw errors.instance_not_movable(never);
  const { status, worker_id } = instance;
  if (status !== "RUNNING") throw errors.instance_not_running(`The instance is ${status}`);
  if (node === worker_id) throw errors.instance_not_movable(`It runs on ${node} already`);
  return instance;
}

/** Requests for instances that are not wanted any more are of no use. */
function kept(moves: Record<string, MoveRequest>, members: readonly number[]) {
  return Object.fromEntries(
    Object.entries(moves).filter(([number]) => members.includes(Number(number))),
  );
}
