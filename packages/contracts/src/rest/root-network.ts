import { z } from "zod";
import { Id, InstanceNumber } from "../ids.ts";
import { JobName, ServiceIp, TunnelPort } from "../net/addresses.ts";
import { TableService, WireguardEnd } from "../net/table.ts";
import { Pair } from "../numbers.ts";
import { Addresses, Name } from "../sla/microservice.ts";

const text = z.string().min(1).max(256);

/** `POST /api/net/cluster`, by the system-manager. upstream: the first three, whatever their type. */
export const NetClusterRegistration = z
  .object({
    cluster_id: text,
    cluster_address: z.string().max(256).describe("empty: it cannot be dialled, it pulls"),
    cluster_port: z.union([z.int().min(0).max(65_535), z.string().regex(/^\d{0,5}$/)]),
    token_hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .exactOptional()
      .describe("SHA-256 of the token by which the cluster is recognised"),
  })
  .meta({ id: "NetClusterRegistration" });
export type NetClusterRegistration = z.infer<typeof NetClusterRegistration>;

const wishedAddress = z.string().max(64).nullable().exactOptional();

/** What is read of a descriptor; the rest is the resource abstractor's. */
export const NetDescriptor = z
  .looseObject({
    app_name: Name,
    app_ns: Name,
    microservice_name: Name,
    microservice_namespace: Name,
    RR_ip: wishedAddress,
    RR_ip_v6: wishedAddress,
    addresses: Addresses.exactOptional(),
  })
  .meta({ id: "NetDescriptor" });
export type NetDescriptor = z.infer<typeof NetDescriptor>;

/** `POST /api/net/service/deploy`: the service gets its addresses. */
export const NetServiceDeploy = z
  .object({ _id: Id, deployment_descriptor: NetDescriptor })
  .meta({ id: "NetServiceDeploy" });
export type NetServiceDeploy = z.infer<typeof NetServiceDeploy>;

/** `POST /api/net/instance/deploy`: the instance gets its addresses; once, however often it is asked. */
export const NetInstanceDeploy = z
  .object({ _id: Id, instance_number: InstanceNumber, cluster_id: z.string() })
  .meta({ id: "NetInstanceDeploy" });
export type NetInstanceDeploy = z.infer<typeof NetInstanceDeploy>;

/** `POST /api/net/addresses`, by the system-manager: which addresses services and their instances have; ours alone. */
export const NetAddressesQuery = z
  .object({ job_ids: z.array(Id).max(1000) })
  .meta({ id: "NetAddressesQuery" });
export type NetAddressesQuery = z.infer<typeof NetAddressesQuery>;

/** What one service was given so far; an address that only one family of was given is left out. */
export const GivenAddresses = z.object({
  job_id: Id,
  service_ip_list: z.array(ServiceIp),
  instance_list: z.array(
    z.object({
      instance_number: InstanceNumber,
      instance_ip: z.string(),
      instance_ip_v6: z.string(),
    }),
  ),
});
export type GivenAddresses = z.infer<typeof GivenAddresses>;

export const NetAddresses = z
  .object({ services: z.array(GivenAddresses) })
  .meta({ id: "NetAddresses" });
export type NetAddresses = z.infer<typeof NetAddresses>;

/** `GET /api/net/cluster`, by the system-manager: ids of the clusters that are registered; ours alone. */
export const NetClusters = z.object({ cluster_ids: z.array(z.string()) }).meta({
  id: "NetClusters",
});
export type NetClusters = z.infer<typeof NetClusters>;

/** An attachment in a report. Without a pair it is of what the cluster has now; upstream has none. */
export const ReportedAttachment = z.object({
  instance_number: InstanceNumber,
  namespace_ip: z.string().max(64),
  namespace_ip_v6: z.string().max(64),
  host_ip: z.string().max(64),
  host_port: TunnelPort,
  worker_id: z.string().max(64).exactOptional(),
  wireguard: WireguardEnd.exactOptional(),
  ...Pair.partial().shape,
});
export type ReportedAttachment = z.infer<typeof ReportedAttachment>;

/** `POST /api/net/service/net_deploy_status`, by a cluster. */
export const NetDeployStatus = z
  .object({ job_id: Id, instances: z.array(ReportedAttachment).max(1000) })
  .meta({ id: "NetDeployStatus" });
export type NetDeployStatus = z.infer<typeof NetDeployStatus>;

/**
 * A worker will reach an instance, by an encrypted tunnel or in plain: this is how its packets are recognised there, and how it is answered. Over MQTT and, between clusters, as `POST /api/net/tunnel/offer`. It
 * is repeated until the tunnel stands, so nobody stores it. Ours alone.
 */
export const TunnelOffer = z
  .object({
    appname: JobName,
    instance_number: InstanceNumber,
    subnet: z.string().max(64).describe("base address, of the worker that offers"),
    subnetv6: z.string().max(64),
    host_ip: z.string().max(64),
    host_port: z.int().min(1).max(65_535),
    wireguard: WireguardEnd.exactOptional().describe("absent: it comes in plain"),
  })
  .meta({ id: "TunnelOffer" });
export type TunnelOffer = z.infer<typeof TunnelOffer>;

/** `GET /api/net/subnet`: base addresses, a /26 and a /120. */
export const WorkerSubnet = z
  .object({ subnet_addr: z.string(), subnet_addr_v6: z.string() })
  .meta({ id: "WorkerSubnet" });
export type WorkerSubnet = z.infer<typeof WorkerSubnet>;

/**
 * `GET /api/net/updates?since=&wait=`: what a cluster asked for and has changed since; ours alone. `gone` are names.
 * Asking with the cursor of the last answer acknowledges it.
 */
export const NetUpdates = z
  .object({
    cursor: z.string(),
    reset: z.boolean().describe("the cursor was not known: services is everything"),
    services: z.array(TableService),
    gone: z.array(JobName),
    offers: z.array(TunnelOffer).exactOptional().describe("for workers of the cluster, each once"),
  })
  .meta({ id: "NetUpdates" });
export type NetUpdates = z.infer<typeof NetUpdates>;

/** `GET /api/pubnet/service/netinfo/{name}`. upstream: everything may be null. */
export const ServiceNetinfo = z
  .object({
    _id: Id,
    applicationID: z.string(),
    app_ns: z.string(),
    app_name: z.string(),
    service_ns: z.string(),
    service_name: z.string(),
    service_job_id: Id,
    service_ip_list: z.array(ServiceIp),
    instance_list: z.array(
      z.object({
        cluster_id: z.string(),
        instance_number: InstanceNumber,
        instance_ip: z.string(),
        instance_ip_v6: z.string(),
      }),
    ),
  })
  .meta({ id: "ServiceNetinfo" });
export type ServiceNetinfo = z.infer<typeof ServiceNetinfo>;

/** upstream: its manual shows plain text, its code these objects; the other family is null. */
export const AvailableAddresses = z
  .object({
    available_service_ips: z.array(
      z.object({
        Address: z.string().nullable(),
        Address_v6: z.string().nullable(),
        IpType: z.enum(["IPv4", "IPv6"]),
      }),
    ),
  })
  .meta({ id: "AvailableAddresses" });
export type AvailableAddresses = z.infer<typeof AvailableAddresses>;
