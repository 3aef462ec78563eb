import { z } from "zod";
import { Id, InstanceNumber } from "./ids.ts";
import { MoveWish } from "./instance.ts";
import { SpecRev } from "./numbers.ts";
import { RevisionStamp, Rollout, StoredSpec } from "./rollout.ts";
import { Constraint, Microservice, OnDisconnect, Volume } from "./sla/microservice.ts";
import { Status } from "./statuses.ts";

/**
 * What a worker needs to run a service: travels down with every assignment. Types are strict because
 * older node engines drop a message with a wrong type silently.
 */
export const JobSpec = z
  .looseObject({
    _id: Id,
    job_name: z.string().describe("app.app_ns.service.service_ns"),
    image: z.string(),
    virtualization: z.string(),
    cmd: z.array(z.string()).exactOptional(),
    environment: z.array(z.string()).exactOptional(),
    port: z.string().exactOptional(),
    vcpus: z.number().exactOptional(),
    memory: z.number().exactOptional(),
    vgpus: z.int().exactOptional(),
    storage: z.number().exactOptional(),
    one_shot: z.boolean().exactOptional(),
    privileged: z.boolean().exactOptional(),
    platform: z.string().exactOptional(),
    arch: z.array(z.string()).exactOptional(),
    volumes: z.array(Volume).exactOptional(),
    onDisconnect: OnDisconnect.exactOptional(),
    constraints: z.array(Constraint).exactOptional(),
  })
  .meta({ id: "JobSpec" });
export type JobSpec = z.infer<typeof JobSpec>;

/** That an instance shall leave its worker, as the front door stores it. */
export const MoveRequest = MoveWish.omit({ id: true }).extend({
  request: z.int().min(0).describe("the service's rev when it was stored"),
  epoch: z.int().min(0).describe("of the instance when it was asked for; void under another one"),
});
export type MoveRequest = z.infer<typeof MoveRequest>;

/**
 * Intent: a service, in collection `jobs`. `members` are the instance numbers that are wanted; written
 * by the front door only, one compare-and-set on `rev` a request. At a cluster it is the root's copy
 * and `members` is unused there (each instance carries its own intent).
 */
export const Job = Microservice.extend({
  ...JobSpec.shape,
  microserviceID: z.string().exactOptional(),
  applicationID: z.string(),
  app_name: z.string(),
  app_ns: z.string(),
  service_name: z.string(),
  service_ns: z.string(),
  job_name_key: z.string().describe("job_name in lower case; unique, since it becomes a DNS name"),
  owner: z.string().describe("user name"),
  owner_id: Id.exactOptional().describe("as in its application"),
  organization_id: Id.exactOptional().describe("as in its application"),
  rev: z.int().min(0),
  spec_rev: SpecRev.describe("its present revision, which the spec in this document is of"),
  last_revision: SpecRev.exactOptional().describe("the highest that was ever given"),
  revised: RevisionStamp.exactOptional().describe("of the present revision; absent: its creation"),
  member_revisions: z
    .record(z.string(), SpecRev)
    .exactOptional()
    .describe("of the members that run another revision than the present one"),
  other_specs: z
    .record(z.string(), StoredSpec)
    .exactOptional()
    .describe("by revision: those of `member_revisions`, and the one that a rollout goes back to"),
  rollout_state: Rollout.exactOptional().describe("the last one; absent: there was none"),
  members: z.array(InstanceNumber),
  next_instance_progressive_number: InstanceNumber,
  moves: z
    .record(z.string(), MoveRequest)
    .exactOptional()
    .describe("the last request for each instance number"),
  deleted: z
    .boolean()
    .describe("tombstone: gone for users, kept until every instance is confirmed gone"),
  RR_ip: z.string().nullable().exactOptional(),
  RR_ip_v6: z.string().nullable().exactOptional(),
  status: Status.exactOptional(),
  status_detail: z.string().exactOptional(),
  created_at: z.number().describe("Unix seconds"),
}).meta({ id: "Job" });
export type Job = z.infer<typeof Job>;

/** The keys of a job that travel down; everything else stays at the tier that made it. */
export function toJobSpec(job: Job | JobSpec): JobSpec {
  const kept: Record<string, unknown> = {};
  for (const key of SPEC_KEYS) {
    const value: unknown = job[key];
    if (value !== undefined) kept[key] = value;
  }
  return JobSpec.parse(kept);
}

const SPEC_KEYS = [
  ...Object.keys(JobSpec.shape),
  "applicationID",
  "app_name",
  "app_ns",
  "service_name",
  "service_ns",
  "microservice_name",
  "microservice_namespace",
  "addresses",
  "accept_from",
  "vtpus",
  "bandwidth_in",
  "bandwidth_out",
  "RR_ip",
  "RR_ip_v6",
  "connectivity",
];
