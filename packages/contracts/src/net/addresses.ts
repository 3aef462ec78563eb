import { z } from "zod";

/**
 * Kinds of addresses as the wire names them. An older worker takes every other name for an instance address, and the
 * last entry of that kind for the address of the sender: `instance_ip` must stay the last entry of a list.
 */
export const IpType = z.enum(["RR", "Closest", "instance_ip"]).meta({ id: "IpType" });
export type IpType = z.infer<typeof IpType>;

/** One address of both families. */
export const ServiceIp = z
  .object({ IpType, Address: z.string(), Address_v6: z.string() })
  .meta({ id: "ServiceIp" });
export type ServiceIp = z.infer<typeof ServiceIp>;

/** `app.app_ns.service.service_ns`, each 1 to 30 letters and digits. */
export const JobName = z
  .string()
  .regex(/^[a-zA-Z0-9]{1,30}(\.[a-zA-Z0-9]{1,30}){3}$/, "four names of 1 to 30 letters and digits")
  .meta({ id: "JobName", example: "shop.prod.web.prod" });

/** The UDP port of a worker's tunnel; upstream sends it as text in some messages. */
export const TunnelPort = z
  .union([z.int().min(0).max(65_535), z.string().regex(/^\d{1,5}$/, "a port number")])
  .meta({ id: "TunnelPort" });

/** A {@link TunnelPort} in either form; undefined above 65535. */
export function tunnelPort(port: z.infer<typeof TunnelPort>): number | undefined {
  const value = Number(port);
  return value <= 65_535 ? value : undefined;
}

/** Where every worker expects the tunnel of the others, unless it is told otherwise. */
export const DEFAULT_TUNNEL_PORT = 50_103;
