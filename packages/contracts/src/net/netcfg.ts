import { z } from "zod";

export const NETCFG_FILE = "/etc/netmanager/netcfg.json";

/** How packets reach another worker: `auto` is VXLAN inside a site and WireGuard between sites. */
export const TunnelKind = z.enum(["auto", "vxlan", "wireguard"]).meta({ id: "TunnelKind" });
export type TunnelKind = z.infer<typeof TunnelKind>;

const portText = z
  .string()
  .regex(/^\d{1,5}$/, "a port number as text")
  .refine((text) => Number(text) >= 1 && Number(text) <= 65_535, "a port from 1 to 65535 as text");

/** upstream: a name is accepted, and every other worker drops what it is told of this one. */
const addressText = z.union([z.literal(""), z.ipv4(), z.ipv6()], "an address, not a name");

/** `netcfg.json` of a worker. upstream: all keys but `tunnel`; ports are text there. */
export const NetCfg = z
  .looseObject({
    NodePublicAddress: addressText
      .default("0.0.0.0")
      .describe("0.0.0.0: found out, again at times"),
    NodePublicPort: portText.default("50103").describe("UDP port that others are told"),
    ClusterUrl: z.string().default("0.0.0.0").describe("the node-engine's word goes before it"),
    ClusterMqttPort: portText.default("10003"),
    DefaultInterface: z.string().max(15).default("").describe("needed with several default routes"),
    Debug: z.boolean().default(false),
    PublicIPNetworking: z.boolean().default(false),
    MqttCert: z.string().default(""),
    MqttKey: z.string().default(""),
    tunnel: TunnelKind.default("auto"),
  })
  .meta({ id: "NetCfg" });
export type NetCfg = z.infer<typeof NetCfg>;
