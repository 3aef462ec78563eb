import type { TunnelKind } from "@oak/contracts";
import { chooseTunnel } from "../domain/choose-tunnel.ts";
import type { KnownInstance } from "../domain/known-service.ts";
import type { DataPlane, Peer, SealedPeerState } from "../ports.ts";

/** How a worker is reached: what `/status` shows. */
export interface TunnelView {
  /** Base address of its IPv4 subnet. */
  worker: string;
  host: string;
  tunnel: "vxlan" | "wireguard" | "none";
  /** `connecting`, `up`, `unreachable`; of WireGuard. */
  state?: SealedPeerState;
  /** One sentence: why it is another one than was wished, or does not stand. */
  warning?: string;
}

/** Which tunnel leads to which worker, and why. */
export interface TunnelChoices {
  /** Undefined: none may, so that the instance takes no connections from here. */
  peerOf(instance: KnownInstance, isSameCluster: boolean): Peer | undefined;
  /** Whether packets to a worker arrive there, as far as anybody knows. */
  isReachable(workerKey: string): boolean;
  /** By worker. */
  views(peers: readonly Peer[]): TunnelView[];
  clear(): void;
}

export interface TunnelChoicesOptions {
  plane: Pick<DataPlane, "wireguard">;
  kind: TunnelKind;
}

export function createTunnelChoices({ plane, kind }: TunnelChoicesOptions): TunnelChoices {
  const warnings = new Map<string, string>();
  const refused = new Map<string, TunnelView>();
  const states = () => plane.wireguard?.().peers ?? new Map<string, SealedPeerState>();
  const viewOf = ({ key, host, wireguard }: Peer): TunnelView => {
    const view = {
      worker: key,
      host,
      tunnel: wireguard === undefined ? "vxlan" : "wireguard",
    } as const;
    const known = plane.wireguard?.();
    const state = known?.peers.get(key);
    const warning = warnings.get(key) ?? whyDown(wireguard?.port, state, known?.reason);
    return {
      ...view,
      ...(state !== undefined && { state }),
      ...(warning !== undefined && { warning }),
    };
  };

  return {
    peerOf: ({ attached }, isSameCluster) => {
      if (attached === undefined) return undefined;
      const { key, host } = attached.worker;
      const hasWireguard = plane.wireguard?.().own !== undefined;
      const chosen = chooseTunnel(attached.worker, { kind, hasWireguard, isSameCluster });
      warnings.delete(key);
      refused.delete(key);
      if ("reason" in chosen) {
        refused.set(key, { worker: key, host, tunnel: "none", warning: chosen.reason });
        return undefined;
      }
      if (chosen.warning !== undefined) warnings.set(key, chosen.warning);
      return chosen.peer;
    },
    isReachable: (key) => !refused.has(key) && states().get(key) !== "unreachable",
    views: (peers) => [...peers.map(viewOf), ...refused.values()],
    clear: () => {
      warnings.clear();
      refused.clear();
    },
  };
}

/** What somebody could do about an encrypted tunnel that does not stand. */
function whyDown(
  port: number | undefined,
  state: SealedPeerState | undefined,
  ofDevice: string | undefined,
): string | undefined {
  if (port === undefined || state === "up") return undefined;
  if (ofDevice !== undefined) return ofDevice;
  return state === "unreachable"
    ? `No handshake: one of the two must be reachable by UDP, that one on port ${port}`
    : undefined;
}
