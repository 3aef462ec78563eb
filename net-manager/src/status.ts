import type { NetStatus } from "@oak/contracts";
import type { AgentParts } from "./agent-parts.ts";
import type { DataPlaneState, WireguardState } from "./ports.ts";
import type { TunnelView } from "./use-cases/tunnel-choices.ts";

/** How an agent stands: the answer to `GET /status`. */
export interface AgentStatus extends NetStatus {
  workerId?: string;
  isConnected: boolean;
  /** Address of the tunnel's own end. */
  address?: string;
  attached: number;
  /** Attachments that the cluster's table does not show yet. */
  unconfirmed: number;
  interests: number;
  openQueries: number;
  /** The cluster leases another subnet than the one in which instances are attached. */
  subnetConflict?: string;
  dataPlane?: DataPlaneState;
  /** Absent: encrypted tunnels cannot be made here at all. */
  wireguard?: Omit<WireguardState, "peers">;
  /** How other workers are reached. */
  tunnels: TunnelView[];
}

export interface StatusFacts {
  session: string;
  parts: AgentParts;
  plane?: DataPlaneState;
  wireguard?: WireguardState;
}

export function statusOf({ session, parts, plane, wireguard }: StatusFacts): AgentStatus {
  const { registration, link, attachments, announcements, interests, queries } = parts;
  const workerId = registration.current()?.client_id;
  const address = registration.localAddress();
  const conflict = registration.refusedSubnet();
  return {
    session,
    registered: registration.isReady(),
    isConnected: link.isUp(),
    attached: attachments.all().length,
    unconfirmed: announcements.open,
    interests: interests.names().length,
    openQueries: queries.open,
    idle: parts.drains.idle(),
    tunnels: parts.tunnels.views(parts.peers.all()),
    ...(workerId === undefined ? {} : { workerId }),
    ...(address === undefined ? {} : { address }),
    ...(conflict === undefined ? {} : { subnetConflict: conflict.v4 }),
    ...(plane === undefined ? {} : { dataPlane: plane }),
    ...(wireguard === undefined ? {} : { wireguard: withoutPeers(wireguard) }),
  };
}

function withoutPeers({ own, reason }: WireguardState): Omit<WireguardState, "peers"> {
  return { ...(own && { own }), ...(reason !== undefined && { reason }) };
}
