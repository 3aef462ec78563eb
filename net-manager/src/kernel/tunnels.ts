import type { Clock } from "@oak/kit";
import type { KernelNeighbour, KernelRoute, Rtnetlink } from "@oak/netlink";
import type { Peer } from "../ports.ts";
import type { DataPlaneSettings } from "./data-plane-settings.ts";
import { ensureRoutes, type KernelView, replaceRoute } from "./environment-devices.ts";
import {
  ensureTunnelDevice,
  type TunnelDeviceDeps,
  type TunnelDeviceOptions,
} from "./tunnels-device.ts";
import {
  isSamePeer,
  type KnownPeer,
  neighbourKey,
  peerNeighbours,
  readPeer,
  returnProtocol,
  returnRoute,
  subnetRoutes,
} from "./tunnels-peer.ts";
import type { ReturnChange, ReturnRoutes } from "./tunnels-return-routes.ts";

export interface TunnelsDeps extends TunnelDeviceDeps {
  settings: DataPlaneSettings;
  /** Of all peers, also those of another tunnel. */
  returns: ReturnRoutes;
  clock: Pick<Clock, "monotonicMs">;
}

/**
 * One VXLAN device, while somebody here can be reached or reaches others. Its forwarding entries are all given: nothing is learned, asked for or flooded. A peer is a MAC, worked out
 * from its subnet, behind an underlay address. WireGuard goes below: then `host` is the peer's address inside it.
 */
export interface Tunnels {
  use(options: TunnelDeviceOptions): void;
  setPeer(peer: Peer): void;
  removePeer(key: string): void;
  /** Somebody can be reached here: packets of workers that we have never heard of may arrive. */
  addLocal(v4: string): void;
  removeLocal(v4: string): void;
  /** Replies to instances on its peers find their way. */
  setReturns(change: ReturnChange): void;
  /** Puts the route of an instance address in again; false when that was done a moment ago, or it is nobody's. */
  mend(address: string): boolean;
  /** Removes what a predecessor left and nobody has told us. */
  settled(): void;
  ensure(view: KernelView): number;
  peers(): number;
  uninstall(): void;
}

/** With more instance routes than this, a look at all of them each second would be felt: {@link Tunnels.mend} finds what is missing. */
const comparedRoutes = 1_000;

export function createTunnels(deps: TunnelsDeps): Tunnels {
  const { kernel, settings, clock } = deps;
  const peers = createPeers(kernel, deps.returns);
  /** Since the last look: a route that was just put in is not what the packet lacks. */
  const mended = new Set<string>();
  const locals = new Set<string>();
  let options: TunnelDeviceOptions | undefined;
  let idleSinceMs: number | undefined;
  let isSettled = false;

  const ensureDevice = (view: Pick<KernelView, "link">): number => {
    if (options === undefined) throw new Error("The data plane was not started");
    const { index, changes, isEmpty } = ensureTunnelDevice(
      deps,
      view.link(settings.tunnel),
      options,
    );
    peers.use({ link: index, ownPort: options.port, isEmpty });
    return changes;
  };

  const removeDevice = (): void => {
    const link = kernel.link(settings.tunnel);
    if (link !== undefined) kernel.deleteLink(link.index);
    peers.use(undefined);
  };

  const isNeeded = (): boolean => peers.count() > 0 || locals.size > 0;

  /** Not needed for a while. What a predecessor left counts as needed until it was said what is. */
  const isIdle = (): boolean => {
    if (isNeeded() || !isSettled) {
      idleSinceMs = undefined;
      return false;
    }
    idleSinceMs ??= clock.monotonicMs();
    return clock.monotonicMs() - idleSinceMs >= settings.tunnelIdleMs;
  };

  return {
    use: (next) => {
      options = next;
    },
    setPeer: (peer) => {
      peers.set(readPeer(peer));
      if (!peers.hasDevice()) ensureDevice(kernel);
    },
    removePeer: (key) => peers.remove(key),
    addLocal: (v4) => {
      locals.add(v4);
      if (!peers.hasDevice()) ensureDevice(kernel);
    },
    removeLocal: (v4) => void locals.delete(v4),
    setReturns: peers.setReturns,
    mend: (address) => {
      if (mended.has(address) || !peers.mend(address)) return false;
      mended.add(address);
      return true;
    },
    settled: () => {
      isSettled = true;
      const link = kernel.link(settings.tunnel);
      if (link === undefined) return;
      removeForeign(kernel, link.index, peers.wanted());
    },
    ensure: (view) => {
      mended.clear();
      if (isNeeded()) return ensureDevice(view) + peers.ensure(view);
      if (isIdle() && view.link(settings.tunnel) !== undefined) removeDevice();
      return 0;
    },
    peers: () => peers.count(),
    uninstall: () => {
      peers.use(undefined);
      removeDevice();
    },
  };
}

interface Device {
  link: number;
  ownPort: number;
}

interface Wanted {
  routes: KernelRoute[];
  neighbours: KernelNeighbour[];
}

/** What the kernel is told of the peers, on the device that there is at the time. */
function createPeers(kernel: Rtnetlink, returns: ReturnRoutes) {
  const peers = new Map<string, KnownPeer>();
  let device: Device | undefined;

  const returnsOf = (peer: KnownPeer, link: number): KernelRoute[] =>
    [...returns.of(peer.key)].map((address) => returnRoute(address, peer, link));

  const wantedOf = (peer: KnownPeer, { link, ownPort }: Device): Wanted => ({
    neighbours: peerNeighbours(peer, link, ownPort),
    routes: [...subnetRoutes(peer, link), ...returnsOf(peer, link)],
  });

  const wanted = (): Wanted => {
    const at = device;
    if (at === undefined) return { routes: [], neighbours: [] };
    const all = [...peers.values()].map((peer) => wantedOf(peer, at));
    return {
      routes: all.flatMap(({ routes }) => routes),
      neighbours: all.flatMap(({ neighbours }) => neighbours),
    };
  };

  const tell = (peer: KnownPeer, at: Device): void => {
    const { neighbours, routes } = wantedOf(peer, at);
    for (const neighbour of neighbours) kernel.replaceNeighbour(neighbour);
    for (const route of routes) replaceRoute(kernel, route);
  };

  const forget = (peer: KnownPeer): void => {
    if (device === undefined) return;
    const { neighbours, routes } = wantedOf(peer, device);
    for (const route of routes) kernel.deleteRoute(route);
    for (const neighbour of neighbours) kernel.deleteNeighbour(neighbour);
  };

  const routeOf = (address: string, key: string | undefined): KernelRoute | undefined => {
    const peer = peers.get(key ?? "");
    if (peer === undefined || device === undefined) return undefined;
    return returnRoute(address, peer, device.link);
  };

  return {
    use: (next: (Device & { isEmpty: boolean }) | undefined): void => {
      const isOther = next !== undefined && (next.isEmpty || next.link !== device?.link);
      device = next;
      if (next !== undefined && isOther) for (const peer of peers.values()) tell(peer, next);
    },
    hasDevice: () => device !== undefined,
    count: () => peers.size,
    set: (peer: KnownPeer): void => {
      const before = peers.get(peer.key);
      if (before !== undefined && isSamePeer(before, peer)) return;
      // Another underlay address replaces the one before; another subnet stands beside it.
      if (before !== undefined && before.prefixes.v6 !== peer.prefixes.v6) forget(before);
      peers.set(peer.key, peer);
      try {
        if (device !== undefined) tell(peer, device);
      } catch (error) {
        forget(peer);
        peers.delete(peer.key);
        throw error;
      }
    },
    remove: (key: string): void => {
      const peer = peers.get(key);
      if (peer === undefined) return;
      forget(peer);
      peers.delete(key);
    },
    setReturns: ({ gone, added }: ReturnChange): void => {
      for (const [address, key] of gone) {
        const route = routeOf(address, key);
        if (route !== undefined) kernel.deleteRoute(route);
      }
      for (const [address, key] of added) {
        const route = routeOf(address, key);
        if (route !== undefined) replaceRoute(kernel, route);
      }
    },
    mend: (address: string): boolean => {
      const route = routeOf(address, returns.peerOf(address));
      if (route === undefined) return false;
      replaceRoute(kernel, route);
      return true;
    },
    wanted,
    ensure: (view: KernelView): number => {
      if (device === undefined) return 0;
      const { link, ownPort } = device;
      const all = [...peers.values()];
      const neighbours = all.flatMap((peer) => peerNeighbours(peer, link, ownPort));
      const present = new Set(kernel.neighbours(link).map(neighbourKey));
      const missing = neighbours.filter((entry) => !present.has(neighbourKey(entry)));
      for (const neighbour of missing) kernel.replaceNeighbour(neighbour);
      const subnets = all.flatMap((peer) => subnetRoutes(peer, link));
      const changes = missing.length + ensureRoutes(kernel, view.routes(link), subnets).length;
      if (returns.size() > comparedRoutes) return changes;
      const back = all.flatMap((peer) => returnsOf(peer, link));
      return changes + ensureRoutes(kernel, kernel.routes(link, returnProtocol), back).length;
    },
  };
}

/** What a predecessor told the kernel and is wanted no more. The kernel's own routes have no gateway. */
function removeForeign(kernel: Rtnetlink, link: number, wanted: Wanted): void {
  const routes = new Set(wanted.routes.map(({ to }) => to));
  const neighbours = new Set(wanted.neighbours.map(neighbourKey));
  for (const route of kernel.routes(link)) {
    if (route.via !== undefined && !routes.has(route.to)) kernel.deleteRoute(route);
  }
  for (const neighbour of kernel.neighbours(link)) {
    if (!neighbours.has(neighbourKey(neighbour))) kernel.deleteNeighbour(neighbour);
  }
}
