import { isDeepStrictEqual } from "node:util";
import type { Clock } from "@oak/kit";
import type { DataPlane, Peer } from "../ports.ts";

/** The tunnels that services need. One that none needs any more goes after a while: it may be needed again soon. */
export interface PeerBook {
  /** A service needs these, and no others. */
  use(service: string, peers: readonly Peer[]): void;
  /** A worker has said that it will come; what services say of it goes before that. */
  hold(peer: Peer): void;
  /** Takes out what was unused for long. */
  sweep(): void;
  all(): Peer[];
  /** Whether packets to this worker find its tunnel. */
  has(key: string): boolean;
  clear(): void;
}

export interface PeerBookOptions {
  plane: Pick<DataPlane, "setPeer" | "removePeer" | "wireguard">;
  /** A tunnel is new, or leads elsewhere. The table of whoever needs it may not be learned yet. */
  onPeer?(): void;
  /** The kernel refused it: whoever is behind it cannot be reached, everybody else can. It is tried again by `sweep`. */
  onRefused(error: unknown, peer: Peer): void;
  clock: Clock;
  idleMs: number;
}

interface Entry {
  peer: Peer;
  /** The kernel has it so. */
  isTold: boolean;
  services: Set<string>;
  held?: Peer;
  unusedSinceMs?: number;
}

export function createPeerBook(options: PeerBookOptions): PeerBook {
  const { plane, clock, idleMs } = options;
  const peers = new Map<string, Entry>();
  const keysOf = new Map<string, ReadonlySet<string>>();

  const isUp = (key: string): boolean => plane.wireguard?.().peers.get(key) === "up";
  const tell = (entry: Entry, peer: Peer): void => {
    if (entry.isTold && isDeepStrictEqual(entry.peer, peer)) return;
    entry.peer = peer;
    entry.isTold = false;
    peers.set(peer.key, entry);
    try {
      plane.setPeer(peer);
    } catch (error) {
      options.onRefused(error, peer);
      return;
    }
    entry.isTold = true;
    options.onPeer?.();
  };
  const newEntry = (peer: Peer): Entry => ({ peer, isTold: false, services: new Set() });
  const add = (service: string, peer: Peer): void => {
    const entry = peers.get(peer.key) ?? newEntry(peer);
    tell(entry, peer);
    entry.services.add(service);
    delete entry.unusedSinceMs;
  };
  const drop = (service: string, key: string): void => {
    const entry = peers.get(key);
    if (entry === undefined) return;
    entry.services.delete(service);
    if (entry.services.size > 0) return;
    entry.unusedSinceMs ??= clock.monotonicMs();
    if (entry.held !== undefined) tell(entry, entry.held);
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
    hold: (peer) => {
      const entry = peers.get(peer.key) ?? newEntry(peer);
      entry.held = peer;
      if (entry.services.size > 0) return;
      tell(entry, peer);
      entry.unusedSinceMs = clock.monotonicMs();
    },
    sweep: () => {
      const limitMs = clock.monotonicMs() - idleMs;
      for (const [key, entry] of peers) {
        tell(entry, entry.peer);
        // Whoever has said that he comes still does.
        if (entry.held !== undefined && entry.services.size === 0 && isUp(key)) {
          entry.unusedSinceMs = clock.monotonicMs();
        }
        if (entry.unusedSinceMs === undefined || entry.unusedSinceMs > limitMs) continue;
        peers.delete(key);
        plane.removePeer(key);
      }
    },
    all: () => [...peers.values()].map(({ peer }) => peer),
    has: (key) => peers.get(key)?.isTold === true,
    clear: () => {
      peers.clear();
      keysOf.clear();
    },
  };
}
