import { SEALED_TUNNEL_PORT } from "../domain/host-ports.ts";

/** Names and numbers of the data plane; workers that share tunnels need the same `vni`. */
export interface DataPlaneSettings {
  bridge: string;
  tun: string;
  tunnel: string;
  /** The VXLAN device whose underlay is WireGuard, and that one. */
  sealedTunnel: string;
  wireguard: string;
  /** UDP port of the sealed tunnel inside WireGuard, the same on all workers. */
  sealedPort: number;
  /** Beginning of the names of the host's ends of pairs, at most 7 characters. */
  portPrefix: string;
  vni: number;
  /** Prefixes of service and instance addresses. */
  serviceRanges: { v4: readonly string[]; v6: readonly string[] };
  /** Overrides what is worked out from the underlay; 0: does not. */
  mtu: number;
  /** Pause between two looks at what others may have changed. */
  repairEveryMs: number;
  /** For how long the tunnel's device stays when neither a peer nor anybody here needs it. */
  tunnelIdleMs: number;
}

/** upstream: names and ranges as in `tuncfg.json`; but only the service ranges lead to the TUN device, no whole /12 and /7. */
export const defaultSettings: DataPlaneSettings = {
  bridge: "goProxyBridge",
  tun: "goProxyTun",
  tunnel: "goProxyVxlan",
  sealedTunnel: "goProxyVxlanWg",
  wireguard: "oakWg",
  sealedPort: SEALED_TUNNEL_PORT,
  portPrefix: "oakp",
  vni: 1030,
  serviceRanges: { v4: ["10.30.0.0/16"], v6: ["fdff::/16"] },
  mtu: 0,
  repairEveryMs: 1_000,
  tunnelIdleMs: 60_000,
};
