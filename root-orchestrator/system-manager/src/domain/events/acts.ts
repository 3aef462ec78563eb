import type { Application, EventSubject, Job } from "@oak/contracts";
import type { EventReason } from "@oak/core";
import type { EventOwner, NewEvent } from "../../ports/events.ts";
import type { Caller } from "../caller.ts";

/*
 * What users do, as events. Each sentence goes on where "who, when" left off: it names what it is about, since it is
 * read in lists that mix everything.
 */

type Actor = Pick<Caller, "name">;

export function applicationSubject(application: Application): EventSubject {
  return { application_id: application._id, application_name: application.application_name };
}

export function serviceSubject(job: Job, instanceNumber?: number): EventSubject {
  return {
    application_id: job.applicationID,
    application_name: job.app_name,
    service_id: job._id,
    service_name: job.service_name,
    ...(instanceNumber === undefined ? {} : { instance_number: instanceNumber }),
  };
}

/** Whose the events of an application or service are. */
export function ownerOf(document: Application | Job): EventOwner {
  const { owner_id, organization_id } = document;
  return {
    owner: "userId" in document ? (document as Application).userId : (document as Job).owner,
    owner_id,
    organization_id,
  };
}

export function applicationAct(
  reason: Extract<EventReason, `application_${string}`>,
  application: Application,
  { name: actor }: Actor,
): NewEvent {
  const done = reason.replace("application_", "");
  const services = application.microservices.length;
  const withServices = done === "created" ? ` with ${counted(services, "service")}` : "";
  return {
    reason,
    message: `Application ${application.application_name} was ${done}${withServices}`,
    about: applicationSubject(application),
    owner: ownerOf(application),
    actor,
  };
}

export function serviceAct(
  reason: Extract<EventReason, `service_${string}`>,
  job: Job,
  { actor, message }: { actor: Actor; message: string },
): NewEvent {
  return {
    reason,
    message,
    about: serviceSubject(job),
    owner: ownerOf(job),
    actor: actor.name,
  };
}

export function serviceCreated(job: Job, actor: Actor): NewEvent {
  const message = `Service ${job.job_name} was created from ${job.image}`;
  return serviceAct("service_created", job, { actor, message });
}

export function serviceDeleted(job: Job, actor: Actor): NewEvent {
  const message = `Service ${job.job_name} was deleted with ${counted(job.members.length, "instance")}`;
  return serviceAct("service_deleted", job, { actor, message });
}

export function instanceAct(
  reason: Extract<
    EventReason,
    "instance_requested" | "instance_removed" | "instance_move_requested"
  >,
  { job, number, to }: { job: Job; number: number; to?: string | undefined },
  { name: actor }: Actor,
): NewEvent {
  const subject = `Instance ${number} of ${job.job_name}`;
  const sentences = {
    instance_requested: `${subject} is wanted`,
    instance_removed: `${subject} is not wanted any more`,
    instance_move_requested: `${subject} is to move to ${to ?? "another node"}`,
  };
  return {
    reason,
    message: sentences[reason],
    about: serviceSubject(job, number),
    owner: ownerOf(job),
    actor,
  };
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
