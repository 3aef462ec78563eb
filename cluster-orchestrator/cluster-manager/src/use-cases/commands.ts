import type {
  DeleteCommand,
  DeployCommand,
  Instance,
  JobSpec,
  NamedCopy,
  Pair,
} from "@oak/contracts";
import { EXCLUSIVE, pairOf, silencePolicyOf } from "@oak/core";
import { openMove } from "../domain/plan-move.ts";

/** The copy that an instance moves to, as if it were the assigned one; undefined when there is none. */
export function secondCopy(instance: Instance): Instance | undefined {
  const move = openMove(instance);
  if (move === undefined) return undefined;
  const { child, want_rev } = move;
  return { ...instance, ...pairOf(move), child, want_rev };
}

/** `control/deploy` for the present assignment of an instance. */
export function deployCommand(
  instance: Instance,
  job: JobSpec,
  incarnation: string,
): DeployCommand {
  return {
    ...job,
    instance_number: instance.instance_number,
    ...(silencePolicyOf(job, "worker") === "exclusive" && { exclusive_ttl_s: EXCLUSIVE.ttlS }),
    assignment: { ...numbersOf(instance, instance, incarnation), spec_rev: instance.spec_rev },
  };
}

/** `control/delete` for the present assignment, or for an older copy under its own pair. */
export function deleteCommand(
  instance: Instance,
  job: JobSpec,
  incarnation: string,
  pair: Pair = instance,
): DeleteCommand {
  return {
    job_name: job.job_name,
    virtualization: job.virtualization,
    instance_number: instance.instance_number,
    job_id: instance.job_id,
    assignment: numbersOf(instance, pair, incarnation),
  };
}

/** Names a copy for the list of what is gone. */
export function namedCopy(instance: Instance, pair: Pair = instance): NamedCopy {
  return {
    job_id: instance.job_id,
    instance_number: instance.instance_number,
    epoch: pair.epoch,
    placement: pair.placement,
  };
}

function numbersOf(instance: Instance, pair: Pair, incarnation: string) {
  return {
    incarnation,
    epoch: pair.epoch,
    placement: pair.placement,
    spec_rev: instance.spec_rev,
    want_rev: instance.want_rev,
  };
}
