import { z } from "zod";
import { Application, SlaWarning } from "../application.ts";
import { type CsiDriver, HistoryPoint } from "../candidate.ts";
import { Id } from "../ids.ts";
import { DRAIN_S, InstanceView } from "../instance.ts";
import { ClusterReachability } from "../reachability.ts";
import { SLA_LIMITS } from "../sla/limits.ts";
import { Microservice, Name } from "../sla/microservice.ts";
import { ObjectIdView } from "./accounts.ts";

const applicationId = "65f0c0ffee65f0c0ffee65f0";
const serviceId = "65f0c0ffee65f0c0ffee65f1";
const applicationExample = {
  _id: { $oid: applicationId },
  applicationID: applicationId,
  application_name: "shop",
  application_namespace: "prod",
  application_desc: "A web server and who asks it",
  userId: "Admin",
  microservices: [serviceId],
};

/** An application as users see it. `microservices` are ids; clients refuse anything else there. */
export const ApplicationView = Application.omit({ rev: true, owner_id: true })
  .extend({ _id: ObjectIdView })
  .meta({ id: "ApplicationView", examples: [applicationExample] });
export type ApplicationView = z.infer<typeof ApplicationView>;

/** `PUT /api/application/{id}`: what is absent stays; everything else in the body is ignored. */
export const ApplicationChange = z
  .looseObject({
    application_name: Name.exactOptional(),
    application_namespace: Name.exactOptional(),
    application_desc: z.string().max(SLA_LIMITS.textLength).exactOptional(),
  })
  .meta({ id: "ApplicationChange", examples: [{ application_desc: "Our shop" }] });
export type ApplicationChange = z.infer<typeof ApplicationChange>;

const serviceExample = {
  _id: { $oid: serviceId },
  microserviceID: serviceId,
  microservice_name: "web",
  microservice_namespace: "prod",
  virtualization: "docker",
  code: "docker.io/library/nginx:1.27",
  image: "docker.io/library/nginx:1.27",
  vcpus: 1,
  memory: 128,
  port: "8080:80/tcp",
  applicationID: applicationId,
  application_name: "shop",
  application_namespace: "prod",
  app_name: "shop",
  app_ns: "prod",
  service_name: "web",
  service_ns: "prod",
  job_name: "shop.prod.web.prod",
  RR_ip: "10.30.30.30",
  status: "RUNNING",
  status_detail: "",
  next_instance_progressive_number: 1,
  replicas: 1,
  revision: 1,
  instance_list: InstanceView.meta()?.["examples"],
};

/**
 * A service as users see it: its SLA, and what runs of it. One wrong type anywhere makes older clients
 * drop a whole list, hence the detail.
 */
export const ServiceView = Microservice.extend({
  _id: ObjectIdView,
  microserviceID: Id,
  applicationID: Id,
  application_name: z.string(),
  application_namespace: z.string(),
  app_name: z.string(),
  app_ns: z.string(),
  service_name: z.string(),
  service_ns: z.string(),
  job_name: z.string(),
  image: z.string(),
  RR_ip: z.string().nullable().exactOptional(),
  RR_ip_v6: z.string().nullable().exactOptional(),
  status: z.string().describe("of the service as a whole; empty while no instance is wanted"),
  status_detail: z.string(),
  next_instance_progressive_number: z.int(),
  revision: z.int().describe("of its spec; counts from 1"),
  replicas: z.int().describe("instances that are wanted"),
  instance_list: z.array(InstanceView),
}).meta({ id: "ServiceView", examples: [serviceExample] });
export type ServiceView = z.infer<typeof ServiceView>;

export const ServiceOutcome = z.object({
  service_name: z.string(),
  status: z.int().describe("HTTP status"),
  message: z.string().exactOptional(),
});
export type ServiceOutcome = z.infer<typeof ServiceOutcome>;

/** `POST /api/service/`. upstream: 200 even when services failed; they stand in `failed_services`. */
export const ServicesCreated = z
  .object({
    job_id: Id.nullable().describe("of the last service that was created"),
    deployed_services: z.array(ServiceOutcome),
    failed_services: z.array(ServiceOutcome),
    warnings: z.array(SlaWarning),
  })
  .meta({
    id: "ServicesCreated",
    examples: [
      {
        job_id: serviceId,
        deployed_services: [{ service_name: "web", status: 200 }],
        failed_services: [{ service_name: "client", status: 409, message: "The name is taken" }],
        warnings: [],
      },
    ],
  });
export type ServicesCreated = z.infer<typeof ServicesCreated>;

/** `POST /api/service/{id}/instance`: the number is stored when this arrives. */
export const InstanceAdded = z
  .object({ message: z.literal("ok"), instance_number: z.int().min(0) })
  .meta({ id: "InstanceAdded" });
export type InstanceAdded = z.infer<typeof InstanceAdded>;

/** `POST /api/service/{id}/instance/{n}/move`; ours alone. */
export const InstanceMoveBody = z
  .strictObject({
    node: Id.exactOptional().describe("worker; absent: the best other one"),
    drain_s: z
      .number()
      .min(0)
      .max(DRAIN_S.longest)
      .exactOptional()
      .describe(`how long open connections may go on, in seconds; ${DRAIN_S.default} if absent`),
  })
  .meta({ id: "InstanceMoveBody", examples: [{ drain_s: 30 }] });
export type InstanceMoveBody = z.infer<typeof InstanceMoveBody>;

export const Message = z
  .object({ message: z.string() })
  .meta({ id: "Message", examples: [{ message: "ok" }] });
export type Message = z.infer<typeof Message>;

const percent = z.number().min(0);
const count = z.int().min(0);

const clusterExample = {
  _id: "65f0c0ffee65f0c0ffee65f2",
  candidate_name: "munich",
  candidate_location: "48.13,11.58,5000",
  cluster_name: "munich",
  cluster_location: "48.13,11.58,5000",
  ip: "192.0.2.10",
  port: "10100",
  active: true,
  active_nodes: 2,
  cpu_percent: 12.5,
  aggregated_cpu_percent: 12.5,
  memory_percent: 40.2,
  vcpus: 8,
  total_cpu_cores: 8,
  memory: 6_144,
  memory_in_mb: 6_144,
  vgpus: 0,
  total_gpu_cores: 0,
  gpu_percent: 0,
  gpu_temp: 0,
  gpu_drivers: [],
  vram: 0,
  vram_percent: 0,
  virtualization: ["docker"],
  supported_addons: [],
  csi_drivers: [],
  cpu_history: [{ value: "12.5", timestamp: "2026-01-31T12:00:00.000Z" }],
  memory_history: [{ value: "40.2", timestamp: "2026-01-31T12:00:00.000Z" }],
  aggregation_per_architecture: {},
  liveness: "alive",
  schedulable: true,
  last_modified_timestamp: 1_769_860_800,
};

/**
 * A cluster as users see it, under today's names and the older aliases beside them. The whole numbers
 * must be whole: the Go client refuses 1.5 and drops the list.
 */
export const ClusterView = z
  .object({
    _id: Id,
    candidate_name: z.string(),
    candidate_location: z.string(),
    cluster_name: z.string(),
    cluster_location: z.string(),
    ip: z.string(),
    port: z.string(),
    active: z.boolean(),
    active_nodes: count,
    cpu_percent: percent,
    aggregated_cpu_percent: percent,
    memory_percent: percent,
    vcpus: count.describe("cores"),
    total_cpu_cores: count,
    memory: count.describe("available MB"),
    memory_in_mb: count,
    vgpus: count,
    total_gpu_cores: count,
    gpu_percent: percent,
    gpu_temp: z.number(),
    gpu_drivers: z.array(z.string()),
    vram: count.describe("MB"),
    vram_percent: percent,
    virtualization: z.array(z.string()),
    supported_addons: z.array(z.string()),
    csi_drivers: z.array(z.string()),
    cpu_history: z.array(HistoryPoint),
    memory_history: z.array(HistoryPoint),
    aggregation_per_architecture: z.record(z.string(), z.unknown()),
    liveness: z.string(),
    schedulable: z.boolean(),
    reachability: ClusterReachability.exactOptional(),
    last_modified_timestamp: z.number().describe("Unix seconds"),
  })
  .meta({ id: "ClusterView", examples: [clusterExample] });
export type ClusterView = z.infer<typeof ClusterView>;

/** The name of a CSI driver, whichever of its two forms a candidate reports. */
export function csiDriverName(driver: z.infer<typeof CsiDriver>): string {
  return typeof driver === "string" ? driver : driver.csi_driver_name;
}
