import type { Clock } from "@oak/kit";
import type { DataPlane, Peer } from "../ports.ts";

/** The tunnels that services need. One that none needs any more goes after a while: it may be needed again soon. */
export interface PeerBook {
  /** A service needs these, and no others. */
  use(service: string, peers: readonly Peer[]): void;
  /** Takes out what was unused for long. */
  sweep(): void;
  all(): Peer[];
  clear(): void;
}

export interface PeerBookOptions {
  plane: Pick<DataPlane, "setPeer" | "removePeer">;
  clock: Clock;
  idleMs: number;
}

interface Entry {
  peer: Peer;
  services: Set<string>;
  unusedSinceMs?: number;
}

export function createPeerBook({ plane, clock, idleMs }: PeerBookOptions): PeerBook {
  const peers = new Map<string, Entry>();
  const keysOf = new Map<string, ReadonlySet<string>>();

  const add = (service: string, peer: Peer): void => {
    const known = peers.get(peer.key);
    if (known === undefined || !isSame(known.peer, peer)) plane.setPeer(peer);
    peers.set(peer.key, { peer, services: (known?.services ?? new Set()).add(service) });
  };
  const drop = (service: string, key: string): void => {
    const entry = peers.get(key);
    if (entry === undefined) return;
    entry.services.delete(service);
    if (entry.services.size === 0) entry.unusedSinceMs ??= clock.monotonicMs();
  };

  return {
    use: (service, needed) => {
      const before = keysOf.get(service) ?? new Set<string>();
      const keys = new Set(needed.map(({ key }) => key));
      for (const peer of needed) add(service, peer);
      for (const key of before) if (!keys.has(key)) drop(service, key);
      if (keys.size === 0) keysOf.delete(service);
      else keysOf.set(service, keys);
    },
    sweep: () => {
      const limitMs = clock.monotonicMs() - idleMs;
      for (const [key, { unusedSinceMs }] of peers) {
        if (unusedSinceMs === undefined || unusedSinceMs > limitMs) continue;
        peers.delete(key);
        plane.removePeer(key);
      }
    },
    all: () => [...peers.values()].map(({ peer }) => peer),
    clear: () => {
      peers.clear();
      keysOf.clear();
    },
  };
}

function isSame(a: Peer, b: Peer): boolean {
  return a.host === b.host && a.port === b.port && a.subnet.v6 === b.subnet.v6;
}
