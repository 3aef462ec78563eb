import type { TunnelKind } from "@oak/contracts";
import { chooseTunnel } from "../domain/choose-tunnel.ts";
import type { KnownInstance } from "../domain/known-service.ts";
import type { DataPlane, Peer } from "../ports.ts";

/** How a worker is reached: what `/status` shows. */
export interface TunnelView {
  /** Base address of its IPv4 subnet. */
  worker: string;
  host: string;
  tunnel: "vxlan" | "wireguard" | "none";
  /** `connecting`, `up`, `unreachable`; of WireGuard. */
  state?: string;
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
  const states = () => plane.wireguard?.().peers ?? new Map<string, string>();

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
    views: (peers) => {
      const known = states();
      const views = peers.map(({ key, host, wireguard }): TunnelView => {
        const [state, warning] = [known.get(key), warnings.get(key)];
        return {
          worker: key,
          host,
          tunnel: wireguard === undefined ? "vxlan" : "wireguard",
          ...(state !== undefined && { state }),
          ...(warning !== undefined && { warning }),
        };
      });
      return [...views, ...refused.values()];
    },
    clear: () => {
      warnings.clear();
      refused.clear();
    },
  };
}
