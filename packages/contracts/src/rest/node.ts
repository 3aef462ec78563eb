import { z } from "zod";
import { Allocatable, Resources } from "../candidate.ts";
import { Id } from "../ids.ts";
import { Incarnation, Session } from "../numbers.ts";
import { ClusterReachability } from "../reachability.ts";

/**
 * `POST /api/node/register` at the cluster. upstream: the whole node structure; ours adds identity, the
 * join secret in `token`, `proto` and what is allocatable.
 */
export const NodeRegistration = Resources.extend({
  host: z.string().min(1).max(255),
  ip: z.string().max(64).exactOptional(),
  port: z.string().exactOptional(),
  token: z.string().max(512).exactOptional(),
  name: z.string().min(1).max(255).exactOptional(),
  node_id: z
    .string()
    .regex(/^[0-9a-f]{24}$/)
    .exactOptional(),
  machine_id: z.string().max(128).exactOptional(),
  boot_id: z.string().max(128).exactOptional(),
  proto: z.int().min(1).exactOptional(),
  network: z
    .enum(["on", "off"])
    .exactOptional()
    .describe("on: workloads have addresses of their own; off: published ports only"),
  allocatable: Allocatable.exactOptional(),
}).meta({ id: "NodeRegistration" });
export type NodeRegistration = z.infer<typeof NodeRegistration>;

/** How a worker shows that it lives while its connection to the broker stalls; see {@link SignOfLife}. */
export const SignOfLifeTerms = z.object({
  /** for the codes of its signs, in this session only */
  key: z.string().min(16).max(128),
  /** an answer of the cluster is enough for so long, milliseconds */
  patience_ms: z.int().min(50),
  /** from one sign to the next while none is answered, milliseconds */
  every_ms: z.int().min(20),
});
export type SignOfLifeTerms = z.infer<typeof SignOfLifeTerms>;

/** upstream: `id` and `MQTT_BROKER_PORT`, both strings. */
export const NodeRegistered = z
  .object({
    id: Id,
    MQTT_BROKER_PORT: z.string(),
    session: Session,
    incarnation: Incarnation,
    mqtt: z.object({ username: z.string(), password: z.string() }),
    heartbeat_ms: z.int().min(100),
    /** absent: this cluster does not look for signs */
    sign_of_life: SignOfLifeTerms.exactOptional(),
  })
  .meta({ id: "NodeRegistered" });
export type NodeRegistered = z.infer<typeof NodeRegistered>;

/** `GET /api/cluster/status` at the cluster; installers of workers look for `cluster_id`. */
export const ClusterStatus = z
  .object({
    cluster_name: z.string(),
    cluster_id: z.string(),
    connected_to_root: z.boolean(),
    seen_by_root: ClusterReachability.exactOptional().describe(
      "what the root finds at the address of this cluster; absent: it has not told",
    ),
  })
  .meta({ id: "ClusterStatus" });
