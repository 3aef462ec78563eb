import { z } from "zod";
import { Id, InstanceNumber } from "../ids.ts";
import { Pair } from "../numbers.ts";
import { ServiceIp } from "./addresses.ts";

/** A worker as the end of an encrypted tunnel; its address is that of the other one. Ours alone. */
export const WireguardEnd = z
  .object({
    public_key: z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=$/)
      .describe("base64"),
    port: z.int().min(1).max(65_535).describe("UDP"),
    required: z.boolean().exactOptional().describe("it takes nothing in plain"),
  })
  .meta({ id: "WireguardEnd" });
export type WireguardEnd = z.infer<typeof WireguardEnd>;

/** Where one copy of an instance is attached: its namespace addresses, and the tunnel of its worker. */
export const Attachment = z.object({
  namespace_ip: z.string(),
  namespace_ip_v6: z.string(),
  host_ip: z.string(),
  host_port: z.int().min(0).max(65_535),
  wireguard: WireguardEnd.exactOptional(),
});
export type Attachment = z.infer<typeof Attachment>;

/**
 * An instance in the answer of a table query. The attachment is null until a worker has reported it.
 * upstream: all but the last six.
 */
export const TableInstance = z
  .looseObject({
    instance_number: InstanceNumber,
    instance_ip: z.string(),
    instance_ip_v6: z.string(),
    cluster_id: z.string(),
    namespace_ip: z.string().nullable().exactOptional(),
    namespace_ip_v6: z.string().nullable().exactOptional(),
    host_ip: z.string().nullable().exactOptional(),
    host_port: z.int().nullable().exactOptional(),
    worker_id: z.string().exactOptional(),
    ...Pair.partial().shape,
    wireguard: WireguardEnd.nullable().exactOptional(),
    serving: z.boolean().exactOptional().describe("it runs, so new connections may go there"),
    draining: z
      .array(Attachment)
      .exactOptional()
      .describe("copies that a move has left: connections that are open go on there, no new ones"),
  })
  .meta({ id: "TableInstance" });
export type TableInstance = z.infer<typeof TableInstance>;

/** Who may connect: between applications of different owners only those that `accept_from` admits. */
export const AccessTerms = z.object({
  owner: z.string(),
  application: z.string().describe("app.namespace"),
  accept_from: z.array(z.string()).describe("app.namespace, or *"),
});
export type AccessTerms = z.infer<typeof AccessTerms>;

/** A service in the answer of a table query, with the descriptor's other fields. */
export const TableService = z
  .looseObject({
    _id: Id,
    job_name: z.string(),
    service_ip_list: z.array(ServiceIp),
    instance_list: z.array(TableInstance),
    access: AccessTerms.exactOptional(),
    exclusive: z.boolean().exactOptional().describe("onDisconnect: exclusive"),
  })
  .meta({ id: "TableService" });
export type TableService = z.infer<typeof TableService>;
