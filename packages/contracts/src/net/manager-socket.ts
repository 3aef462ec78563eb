import { z } from "zod";
import { InstanceNumber } from "../ids.ts";
import { Pair } from "../numbers.ts";
import { JobName } from "./addresses.ts";

/** Where the net-manager listens for the node-engine of its host. */
export const NET_MANAGER_SOCKET = "/etc/netmanager/netmanager.sock";

/** `POST /register`: with the same id again it is answered as before, with another one it is refused. */
export const NetRegister = z
  .object({ client_id: z.string().min(1).max(64), cluster_address: z.string().max(256) })
  .meta({ id: "NetRegister" });
export type NetRegister = z.infer<typeof NetRegister>;

/** `POST /container/deploy` and `/unikernel/deploy`. */
export const NetAttach = z
  .object({
    pid: z.int().min(0).describe("of a process in the namespace; 0 for unikernels"),
    serviceName: JobName,
    instanceNumber: InstanceNumber,
    portMappings: z.string().max(4096),
    ...Pair.partial().shape,
  })
  .meta({ id: "NetAttach" });
export type NetAttach = z.infer<typeof NetAttach>;

export const NetAttached = z
  .object({ serviceName: z.string(), nsAddress: z.string(), nsAddressv6: z.string() })
  .meta({ id: "NetAttached" });
export type NetAttached = z.infer<typeof NetAttached>;

/** `POST /container/undeploy`, `/docker/undeploy`, `/unikernel/undeploy`: 200 also for what is unknown. */
export const NetDetach = z
  .object({ serviceName: JobName, instanceNumber: InstanceNumber })
  .meta({ id: "NetDetach" });
export type NetDetach = z.infer<typeof NetDetach>;
