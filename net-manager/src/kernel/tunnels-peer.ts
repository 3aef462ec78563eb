import type { KernelNeighbour, KernelRoute } from "@oak/netlink";
import type { Addresses, Peer } from "../ports.ts";
import { canonical, macOf, planSubnet } from "./environment-addresses.ts";

/** A {@link Peer} with what the kernel is told of it. */
export interface KnownPeer extends Peer {
  prefixes: Addresses;
  bridge: Addresses;
  mac: string;
}

/** @throws RangeError when one of its addresses is none */
export function readPeer(peer: Peer): KnownPeer {
  const { prefixes, bridge } = planSubnet(peer.subnet);
  return {
    ...peer,
    host: canonical(peer.host),
    prefixes,
    bridge,
    mac: macOf("tunnel", peer.subnet.v4),
  };
}

export function isSamePeer(one: KnownPeer, other: KnownPeer): boolean {
  return (
    one.host === other.host &&
    one.port === other.port &&
    one.mac === other.mac &&
    one.prefixes.v6 === other.prefixes.v6
  );
}

/** Its bridge as our neighbour in the tunnel, and behind which underlay address that is. */
export function peerNeighbours(peer: KnownPeer, link: number, ownPort: number): KernelNeighbour[] {
  const { mac, bridge } = peer;
  return [forwarding(peer, link, ownPort), ...Object.values(bridge).map(neighbour)];

  function neighbour(address: string): KernelNeighbour {
    return { link, mac, address };
  }
}

function forwarding({ mac, host, port }: KnownPeer, link: number, ownPort: number) {
  return { link, mac, remote: host, ...(port !== ownPort && { remotePort: port }) };
}

/** Its namespaces. */
export function subnetRoutes({ prefixes, bridge }: KnownPeer, link: number): KernelRoute[] {
  return [
    { to: prefixes.v4, via: bridge.v4, link, isOnlink: true },
    { to: prefixes.v6, via: bridge.v6, link, isOnlink: true },
  ];
}

/** By this number the kernel tells routes to instances from the others: there may be a hundred thousand. */
export const returnProtocol = 79;

/** One instance on it: where replies to what it has asked go. */
export function returnRoute(address: string, { bridge }: KnownPeer, link: number): KernelRoute {
  const [to, via] = address.includes(":")
    ? [`${address}/128`, bridge.v6]
    : [`${address}/32`, bridge.v4];
  return { to, via, link, isOnlink: true, protocol: returnProtocol };
}

/** Spelling under which entries of one kind are the same. */
export function neighbourKey({ mac, address, remote, remotePort }: KernelNeighbour): string {
  return `${mac} ${address ?? ""} ${remote ?? ""} ${remotePort ?? ""}`;
}
