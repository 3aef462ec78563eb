import { z } from "zod";
import { InstanceNumber } from "../ids.ts";
import { Pair } from "../numbers.ts";
import { JobName } from "./addresses.ts";

/** Where the net-manager listens for the node-engine of its host. */
export const NET_MANAGER_SOCKET = "/etc/netmanager/netmanager.sock";

/** With what a worker signs in to the broker of its cluster; absent parts: as in `netcfg.json`. */
export const NetBroker = z
  .object({
    username: z.string().min(1).max(256),
    password: z.string().max(1024),
    port: z.int().min(1).max(65_535),
    tls: z.boolean().describe("true: TLS, with `ca` when the system does not know who signed"),
    ca: z.string().max(65_536).exactOptional().describe("PEM"),
  })
  .meta({ id: "NetBroker" });
export type NetBroker = z.infer<typeof NetBroker>;

/**
 * `POST /register`: with the same id again it is answered as before, and a new `broker` replaces the one before;
 * with another id it is refused. upstream: `client_id` and `cluster_address`.
 */
export const NetRegister = z
  .object({
    client_id: z.string().min(1).max(64),
    cluster_address: z.string().max(256),
    broker: NetBroker.exactOptional(),
  })
  .meta({ id: "NetRegister" });
export type NetRegister = z.infer<typeof NetRegister>;

/** The answer to `POST /register`. upstream: empty. */
export const NetRegistered = z
  .object({
    session: z.string().min(8).max(64).describe("of the process: new with each start of it"),
    resolver: z.ipv4().describe("of the bridge: gateway and name server of each workload"),
    resolverv6: z.ipv6(),
    capacity: z
      .int()
      .min(0)
      .exactOptional()
      .describe("how many namespaces the subnet has addresses for"),
  })
  .meta({ id: "NetRegistered" });
export type NetRegistered = z.infer<typeof NetRegistered>;

/** A copy that takes no new connections, since its instance has moved, and to which none is open any more. */
export const NetIdle = z
  .object({ serviceName: JobName, instanceNumber: InstanceNumber, ...Pair.shape })
  .meta({ id: "NetIdle" });
export type NetIdle = z.infer<typeof NetIdle>;

/** `GET /status`: after another `session` than before everything is told anew. */
export const NetStatus = z
  .looseObject({
    session: z.string().min(8).max(64),
    registered: z.boolean().describe("false: nothing is attached before a /register"),
    idle: z.array(NetIdle).exactOptional(),
  })
  .meta({ id: "NetStatus" });
export type NetStatus = z.infer<typeof NetStatus>;

/** `POST /container/prepare`: connects a namespace before it is known what will run in it. */
export const NetPrepare = z
  .object({ pid: z.int().min(1).describe("of a process in the namespace") })
  .meta({ id: "NetPrepare" });
export type NetPrepare = z.infer<typeof NetPrepare>;

/** A prepared namespace. The same namespace again: the same slot. */
export const NetSlot = z
  .object({
    slot: z.string().min(1).max(64),
    nsAddress: z.string(),
    nsAddressv6: z.string(),
  })
  .meta({ id: "NetSlot" });
export type NetSlot = z.infer<typeof NetSlot>;

/** `POST /container/release`: 200 also for a slot that is unknown. Whoever uses it is detached first. */
export const NetRelease = z.object({ slot: NetSlot.shape.slot }).meta({ id: "NetRelease" });
export type NetRelease = z.infer<typeof NetRelease>;

/**
 * `POST /container/deploy` and `/unikernel/deploy`. A namespace that was prepared needs no more than a change of
 * rules, another one is connected first. The same again is answered as before; the same instance in another
 * namespace, or under a higher pair, replaces what was attached.
 */
export const NetAttach = z
  .object({
    pid: z.int().min(0).describe("of a process in the namespace; 0 for unikernels"),
    serviceName: JobName,
    instanceNumber: InstanceNumber,
    portMappings: z
      .string()
      .max(4096)
      .describe("host port 0: one that is free, and the same one when it is told again"),
    ...Pair.partial().shape,
  })
  .meta({ id: "NetAttach" });
export type NetAttach = z.infer<typeof NetAttach>;

/** upstream: without `slot` and `portMappings`. */
export const NetAttached = z
  .object({
    serviceName: z.string(),
    nsAddress: z.string(),
    nsAddressv6: z.string(),
    slot: NetSlot.shape.slot,
    portMappings: z.string().describe("as published: the ports that were chosen are filled in"),
  })
  .meta({ id: "NetAttached" });
export type NetAttached = z.infer<typeof NetAttached>;

/**
 * `POST /container/undeploy`, `/docker/undeploy`, `/unikernel/undeploy`: 200 also for what is unknown. A pair below the
 * attached one changes nothing; without a pair whatever is attached goes. The slot goes with it.
 */
export const NetDetach = z
  .object({ serviceName: JobName, instanceNumber: InstanceNumber, ...Pair.partial().shape })
  .meta({ id: "NetDetach" });
export type NetDetach = z.infer<typeof NetDetach>;

/**
 * `POST /leases`: exclusive instances answer for `forMs` from now on. One that is not named keeps what it has left.
 */
export const NetLeases = z
  .object({
    leases: z
      .array(
        z.object({
          serviceName: JobName,
          instanceNumber: InstanceNumber,
          forMs: z.int().min(0).max(3_600_000).describe("0: silent at once"),
        }),
      )
      .max(1_000),
  })
  .meta({ id: "NetLeases" });
export type NetLeases = z.infer<typeof NetLeases>;

/**
 * Why the net-manager did not do it: `error` in the body of a 4xx or 5xx, so that callers need not read texts.
 * `subnet_full` is 507, `port_taken` 409, `not_registered` 409, `process_gone` 404, all others 400 or 500.
 */
export const NET_REFUSALS = [
  "subnet_full",
  "port_taken",
  "not_registered",
  "process_gone",
] as const;
export type NetRefusal = (typeof NET_REFUSALS)[number];
