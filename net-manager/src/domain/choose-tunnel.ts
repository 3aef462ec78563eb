import type { TunnelKind } from "@oak/contracts";
import type { Peer } from "../ports.ts";

/** Another worker, with all that it has told of its tunnels. */
export interface KnownWorker extends Peer {
  /** It takes nothing in plain. */
  needsWireguard?: boolean;
}

export interface TunnelContext {
  /** As this worker is set up. */
  kind: TunnelKind;
  hasWireguard: boolean;
  /** Whether the other worker is of this cluster. */
  isSameCluster: boolean;
}

/** The peer as it is reached; without `wireguard` in plain. A text says why it cannot be. */
export type ChosenTunnel = { peer: Peer; warning?: string } | { reason: string };

/**
 * How packets reach another worker. Nothing goes out in plain that either side wants encrypted; `auto` alone puts up with VXLAN between clusters, when
 * one of the two has no WireGuard, and says so.
 */
export function chooseTunnel(worker: KnownWorker, context: TunnelContext): ChosenTunnel {
  const { needsWireguard = false, wireguard, ...plain } = worker;
  const { kind, hasWireguard, isSameCluster } = context;
  const isForced = kind === "wireguard" || needsWireguard;
  if (kind === "vxlan") {
    return needsWireguard ? { reason: "it takes WireGuard only" } : { peer: plain };
  }
  if (!isForced && isSameCluster) return { peer: plain };
  if (hasWireguard && wireguard !== undefined) return { peer: { ...plain, wireguard } };
  const lack = hasWireguard ? "it has no WireGuard" : "this worker has no WireGuard";
  return isForced ? { reason: lack } : { peer: plain, warning: `not encrypted: ${lack}` };
}
