import type { ServiceProgram } from "../ports.ts";

/** An instance address, and the key of the peer where replies to it go. */
export type ReturnPath = readonly [address: string, peer: string];

/** What a change of one service means for the kernel. */
export interface ReturnChange {
  gone: ReturnPath[];
  added: ReturnPath[];
}

/**
 * Which instance address lives behind which peer. While an instance moves it is attached twice: replies go to the last copy that is told, where
 * the new connections come from; connections of the old copy are drained by its own worker.
 */
export interface ReturnRoutes {
  set(program: Pick<ServiceProgram, "name" | "attached">): ReturnChange;
  remove(name: string): ReturnChange;
  /** Addresses behind a peer. */
  of(peer: string): Iterable<string>;
  peerOf(address: string): string | undefined;
  all(): Iterable<ReturnPath>;
  size(): number;
}

export function createReturnRoutes(): ReturnRoutes {
  const byService = new Map<string, Map<string, string>>();
  const byAddress = new Map<string, string>();
  const byPeer = new Map<string, Set<string>>();

  const drop = (address: string, peer: string): void => {
    byAddress.delete(address);
    const addresses = byPeer.get(peer);
    addresses?.delete(address);
    if (addresses?.size === 0) byPeer.delete(peer);
  };

  const add = (address: string, peer: string): void => {
    byAddress.set(address, peer);
    const addresses = byPeer.get(peer);
    if (addresses === undefined) byPeer.set(peer, new Set([address]));
    else addresses.add(address);
  };

  const change = (name: string, next: Map<string, string>): ReturnChange => {
    const before = byService.get(name) ?? new Map<string, string>();
    const gone = [...before].filter(([address, peer]) => {
      // An address that another service has been given since is none of ours any more.
      return next.get(address) !== peer && byAddress.get(address) === peer;
    });
    const added = [...next].filter(([address, peer]) => byAddress.get(address) !== peer);
    for (const [address, peer] of gone) drop(address, peer);
    for (const [address, peer] of added) {
      const other = byAddress.get(address);
      if (other !== undefined) drop(address, other);
      add(address, peer);
    }
    if (next.size === 0) byService.delete(name);
    else byService.set(name, next);
    // A route that is put in anew replaces the one that was there.
    return { gone: gone.filter(([address]) => !next.has(address)), added };
  };

  return {
    set: ({ name, attached }) => {
      const next = new Map<string, string>();
      for (const { instance, peer } of attached) {
        if (peer === undefined) continue;
        next.set(instance.v4, peer);
        next.set(instance.v6, peer);
      }
      return change(name, next);
    },
    remove: (name) => change(name, new Map()),
    of: (peer) => byPeer.get(peer) ?? [],
    peerOf: (address) => byAddress.get(address),
    all: () => byAddress.entries(),
    size: () => byAddress.size,
  };
}
