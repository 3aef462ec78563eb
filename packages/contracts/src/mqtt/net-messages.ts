import { z } from "zod";
import { InstanceNumber } from "../ids.ts";
import { ServiceIp, TunnelPort } from "../net/addresses.ts";
import { AccessTerms, TableInstance, WireguardEnd } from "../net/table.ts";
import { Pair } from "../numbers.ts";
import { UpdateType } from "../rest/cluster-network.ts";

/** `subnet`. */
export const SubnetRequest = z
  .object({ METHOD: z.enum(["GET", "DELETE"]) })
  .meta({ id: "SubnetRequest" });
export type SubnetRequest = z.infer<typeof SubnetRequest>;

/** `subnetwork/result`: base addresses without a prefix length. */
export const SubnetResult = z
  .object({ address: z.string(), addressv6: z.string() })
  .meta({ id: "SubnetResult" });
export type SubnetResult = z.infer<typeof SubnetResult>;

/** `tablequery/request`: by address when `sip` is not empty, else by name. */
export const TableQuery = z
  .object({ sname: z.string().max(256), sip: z.string().max(64) })
  .meta({ id: "TableQuery" });
export type TableQuery = z.infer<typeof TableQuery>;

/** An instance in `tablequery/result`; its own address is the last of `service_ip`. */
export const TableEntry = TableInstance.extend({ service_ip: z.array(ServiceIp) }).meta({
  id: "TableEntry",
});
export type TableEntry = z.infer<typeof TableEntry>;

/** `tablequery/result`. upstream: the first three; a failure has an empty name and list. */
export const TableResult = z
  .object({
    app_name: z.string(),
    query_key: z.string(),
    instance_list: z.array(TableEntry),
    service_ip_list: z.array(ServiceIp).exactOptional(),
    access: AccessTerms.exactOptional(),
    exclusive: z.boolean().exactOptional(),
    cluster_id: z.string().exactOptional().describe("of the cluster that answers"),
  })
  .meta({ id: "TableResult" });
export type TableResult = z.infer<typeof TableResult>;

/** `service/deployed` and `service/address-changed`; the latter with empty `status`, `nsip` and `nsipv6`. */
export const AttachedReport = z
  .object({
    appname: z.string().max(256),
    status: z.string().max(32),
    instance_number: InstanceNumber,
    nsip: z.string().max(64),
    nsipv6: z.string().max(64),
    host_ip: z.string().max(64),
    host_port: TunnelPort,
    wireguard: WireguardEnd.exactOptional(),
    ...Pair.partial().shape,
  })
  .meta({ id: "AttachedReport" });
export type AttachedReport = z.infer<typeof AttachedReport>;

/** `interest/remove`: a job name; older workers also send addresses that they once asked for. */
export const InterestRemoval = z
  .object({ appname: z.string().max(256) })
  .meta({ id: "InterestRemoval" });
export type InterestRemoval = z.infer<typeof InterestRemoval>;

/** `jobs/<name>/updates_available`. upstream: a trigger; whoever reads it asks again, as here when nothing more is said. */
export const UpdatesAvailable = z
  .object({
    type: UpdateType,
    table: TableResult.exactOptional().describe("what a query would be answered now"),
  })
  .meta({ id: "UpdatesAvailable" });
export type UpdatesAvailable = z.infer<typeof UpdatesAvailable>;
