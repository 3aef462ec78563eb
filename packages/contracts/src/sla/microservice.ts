import { z } from "zod";
import { NAME_PATTERN, SLA_LIMITS } from "./limits.ts";
import { PORT_LIST_PATTERN } from "./port-list.ts";

export const Name = z
  .string()
  .regex(NAME_PATTERN, "1 to 30 letters and digits")
  .meta({ id: "Name", example: "nginx" });

const text = z.string().max(SLA_LIMITS.textLength);
const amount = (max: number) => z.int().min(0).max(max);

export const Volume = z
  .looseObject({
    volume_id: z.string().min(1),
    csi_driver: z.string(),
    mount_path: text.exactOptional(),
    config: z.record(z.string(), z.unknown()).exactOptional(),
  })
  .meta({ id: "Volume" });

export const CONSTRAINT_TYPES = ["direct", "clusters", "addons", "latency", "geo"] as const;

/** One object for every constraint type, as in the documents that users have; `type` says which keys count. */
export const Constraint = z
  .looseObject({
    type: z.enum(CONSTRAINT_TYPES),
    node: text.exactOptional().describe("direct: worker names, separated by ;"),
    cluster: text.exactOptional().describe("direct: cluster names, separated by ;"),
    allowed: z.array(text).exactOptional().describe("clusters: names"),
    needs: z.array(text).exactOptional().describe("addons: names"),
    area: text.exactOptional(),
    location: text.exactOptional(),
    threshold: z.number().exactOptional(),
    rigidness: z.number().exactOptional(),
    convergence_time: z.int().exactOptional(),
  })
  .meta({ id: "Constraint" });
export type Constraint = z.infer<typeof Constraint>;

const ConnectivityConstraint = z.looseObject({
  type: z.string(),
  threshold: z.number(),
  rigidness: z.number(),
  convergence_time: z.int(),
});

export const Connectivity = z.looseObject({
  target_microservice_id: z.string(),
  con_constraints: z.array(ConnectivityConstraint),
});

export const Addresses = z
  .looseObject({
    rr_ip: z.string().exactOptional(),
    rr_ip_v6: z.string().exactOptional(),
    closest_ip: z.string().exactOptional(),
    closest_ip_v6: z.string().exactOptional(),
    /** upstream: accepted and without effect */
    instances: z
      .array(
        z.looseObject({
          from: z.string().exactOptional(),
          to: z.string().exactOptional(),
          start: z.string().exactOptional(),
        }),
      )
      .exactOptional(),
  })
  .meta({ id: "Addresses" });

/** An application as `accept_from` names it: `app.namespace`, or `*` for every one. */
export const AdmittedApplication = z
  .string()
  .regex(/^(\*|[a-zA-Z0-9]{1,30}\.[a-zA-Z0-9]{1,30})$/, "app.namespace, or * for everybody")
  .meta({ id: "AdmittedApplication" });

const environmentEntry = z
  .string()
  .max(SLA_LIMITS.textLength)
  .regex(/^[^=\0]+=[^\0]*$/s, "an entry is NAME=value");

/**
 * What becomes of an instance whose worker or cluster falls silent: `replace` runs another copy elsewhere,
 * `keep` waits for the silent one, `exclusive` never lets two run, even for a moment.
 */
export const OnDisconnect = z.enum(["replace", "keep", "exclusive"]);
export type OnDisconnect = z.infer<typeof OnDisconnect>;

/** How many instances an update may have too many, or too few, and how long it waits between its steps. */
export const RolloutStrategy = z
  .strictObject({
    maxSurge: amount(SLA_LIMITS.instancesPerService)
      .exactOptional()
      .describe("instances more than wanted while it goes on; 1 if absent"),
    maxUnavailable: amount(SLA_LIMITS.instancesPerService)
      .exactOptional()
      .describe("instances that may be missing meanwhile; 0 if absent"),
    pauseS: z
      .number()
      .min(0)
      .max(SLA_LIMITS.rolloutPauseS)
      .exactOptional()
      .describe("seconds between two steps; 0 if absent"),
  })
  .refine(({ maxSurge = 1, maxUnavailable = 0 }) => maxSurge + maxUnavailable > 0, {
    error: "maxSurge and maxUnavailable cannot both be 0: nothing could be replaced",
  })
  .meta({ id: "RolloutStrategy", examples: [{ maxSurge: 1, maxUnavailable: 0, pauseS: 5 }] });
export type RolloutStrategy = z.infer<typeof RolloutStrategy>;

/**
 * One service of an SLA. Unknown keys are kept verbatim (upstream does so, and clients rely on it);
 * known keys are checked strictly.
 */
export const Microservice = z
  .looseObject({
    microserviceID: z
      .string()
      .max(0, "must be empty: the id is given by the server")
      .exactOptional(),
    microservice_name: Name,
    microservice_namespace: Name,
    virtualization: z
      .string()
      .min(1)
      .max(64)
      .describe("`container` (stored as `docker`) or the name of a runtime that workers offer"),
    code: z.string().min(1).max(4096).describe("image reference"),
    memory: amount(SLA_LIMITS.memoryMb).exactOptional().describe("MB; 0 or absent: no limit"),
    vcpus: amount(SLA_LIMITS.vcpus).exactOptional().describe("cores; 0 or absent: no limit"),
    vgpus: amount(SLA_LIMITS.vgpus).exactOptional(),
    vtpus: amount(SLA_LIMITS.vgpus).exactOptional(),
    bandwidth_in: amount(Number.MAX_SAFE_INTEGER).exactOptional().describe("kbit/s"),
    bandwidth_out: amount(Number.MAX_SAFE_INTEGER).exactOptional().describe("kbit/s"),
    storage: amount(SLA_LIMITS.storageMb).exactOptional().describe("MB"),
    volumes: z.array(Volume).max(100).exactOptional(),
    state: text.exactOptional(),
    port: z
      .string()
      .max(4096)
      .regex(PORT_LIST_PATTERN, "entries host:container[/tcp|udp], separated by ; or ,")
      .exactOptional(),
    one_shot: z.boolean().exactOptional(),
    privileged: z.boolean().exactOptional().describe("for administrators only"),
    onDisconnect: OnDisconnect.exactOptional().describe(
      "when its worker or cluster falls silent; default: replace a worker, keep a cluster and what has volumes",
    ),
    cmd: z.array(text).max(1000).exactOptional(),
    environment: z.array(environmentEntry).max(SLA_LIMITS.environmentEntries).exactOptional(),
    sla_violation_strategy: text.exactOptional(),
    target_node: text.exactOptional(),
    addresses: Addresses.exactOptional(),
    accept_from: z
      .array(AdmittedApplication)
      .max(100)
      .exactOptional()
      .describe("applications of other owners that may connect; default: none"),
    added_files: z.array(text).exactOptional(),
    args: z.array(text).exactOptional(),
    constraints: z.array(Constraint).max(100).exactOptional(),
    connectivity: z.array(Connectivity).max(100).exactOptional(),
    arch: z.array(z.string().max(32)).max(16).exactOptional().describe("GOARCH names"),
    replicas: amount(SLA_LIMITS.instancesPerService)
      .exactOptional()
      .describe("instances that are wanted; absent: none at first, and later as many as there are"),
    rollout: RolloutStrategy.exactOptional().describe("how updates of this service go on"),
    platform: z.string().max(64).exactOptional().describe("os/arch, for example linux/arm64"),
  })
  .meta({ id: "Microservice" });
export type Microservice = z.infer<typeof Microservice>;
