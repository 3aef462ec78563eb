import type { TunnelOffer } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import type { ClusterLink } from "../cluster/cluster-link.ts";
import type { KnownService } from "../domain/known-service.ts";
import { canonical, canonicalPair, subnetOf } from "../domain/subnets.ts";
import type { DataPlane, Peer, Subnet } from "../ports.ts";
import type { TunnelEnd } from "./announcements.ts";
import type { AttachmentBook } from "./attachment-book.ts";
import type { PeerBook } from "./peer-book.ts";

/** Tells workers that are about to be reached who comes: by WireGuard they answer only those that they know, and otherwise only those they know a way to. */
export interface TunnelOffers {
  /** Offers to all peers that do not answer, each again after a while. */
  send(): void;
  /** A `tunnel/offered`: somebody wants to reach an instance of this worker. */
  offered(offer: TunnelOffer): void;
  clear(): void;
}

export interface TunnelOffersOptions {
  plane: Pick<DataPlane, "wireguard">;
  link: Pick<ClusterLink, "send">;
  attachments: Pick<AttachmentBook, "get">;
  peers: PeerBook;
  /** Workers that were asked something and do not answer. */
  silent(): ReadonlySet<string>;
  services(): readonly KnownService[];
  subnet(): Subnet | undefined;
  /** Undefined: not told to anybody. */
  tunnelEnd(): TunnelEnd | undefined;
  clock: Pick<Clock, "monotonicMs">;
}

/** Often at first, since somebody waits; later for the case that the other side comes back. */
const pausesMs = [500, 1_000, 1_000, 2_000, 5_000, 10_000];
const longestPauseMs = 30_000;
/** Of those behind a firewall only the distance stays unknown. */
const longestPlainPauseMs = 300_000;

export function createTunnelOffers(options: TunnelOffersOptions): TunnelOffers {
  const { plane, link, attachments, peers, clock } = options;
  const sent = new Map<string, { attempt: number; atMs: number }>();

  /** Whether it is time, and then counted. */
  const isDue = ({ key, wireguard }: Peer): boolean => {
    const { attempt, atMs } = sent.get(key) ?? { attempt: 0, atMs: Number.NEGATIVE_INFINITY };
    const longestMs = wireguard === undefined ? longestPlainPauseMs : longestPauseMs;
    const pauseMs = attempt === 0 ? 0 : (pausesMs[attempt - 1] ?? longestMs);
    if (clock.monotonicMs() - atMs < pauseMs) return false;
    sent.set(key, { attempt: attempt + 1, atMs: clock.monotonicMs() });
    return true;
  };

  const offerTo = (peer: Peer): void => {
    const subnet = options.subnet();
    const end = endFor(peer, options.tunnelEnd());
    const target = instanceOn(peer.key, options.services());
    if (subnet === undefined || end === undefined || target === undefined || !isDue(peer)) return;
    const { host: host_ip, port: host_port, ...rest } = end;
    const { v4, v6: subnetv6 } = subnet;
    link.send("tunnelOffer", { ...target, subnet: v4, subnetv6, host_ip, host_port, ...rest });
  };

  return {
    send: () => {
      const states = plane.wireguard?.().peers;
      const silent = options.silent();
      const isOpen = ({ key, wireguard }: Peer): boolean =>
        wireguard === undefined ? silent.has(key) : states?.get(key) !== "up";
      const open = peers.all().filter(isOpen);
      const keys = new Set(open.map(({ key }) => key));
      for (const key of sent.keys()) if (!keys.has(key)) sent.delete(key);
      for (const peer of open) offerTo(peer);
    },
    offered: (offer) => {
      const isHosted = attachments.get(offer.appname, offer.instance_number) !== undefined;
      const peer = peerOf(offer);
      const isOwn = peer?.key === options.subnet()?.v4;
      if (!isHosted || peer === undefined || isOwn) return;
      if (endFor(peer, options.tunnelEnd()) !== undefined) peers.hold(peer);
    },
    clear: () => sent.clear(),
  };
}

/** What a peer is told: by which tunnel this worker comes. Undefined: it cannot be answered. */
function endFor({ wireguard }: Peer, own: TunnelEnd | undefined): TunnelEnd | undefined {
  if (own === undefined) return undefined;
  if (wireguard !== undefined) return own.wireguard && own;
  const { host, port } = own;
  return own.wireguard?.required ? undefined : { host, port };
}

/** Any instance will do: it is about the worker. */
function instanceOn(
  workerKey: string,
  services: readonly KnownService[],
): Pick<TunnelOffer, "appname" | "instance_number"> | undefined {
  for (const { name, instances } of services) {
    const found = instances.find(({ attached }) => attached?.worker.key === workerKey);
    if (found !== undefined) return { appname: name, instance_number: found.number };
  }
  return undefined;
}

/** Undefined for what is no subnet of a worker. */
function peerOf(offer: TunnelOffer): Peer | undefined {
  const base = canonicalPair(offer.subnet, offer.subnetv6);
  const subnet = base === undefined ? undefined : subnetOf(base);
  const host = canonical(offer.host_ip, 4) ?? canonical(offer.host_ip, 6);
  if (base === undefined || subnet === undefined || host === undefined) return undefined;
  if (subnet.v4 !== base.v4 || subnet.v6 !== base.v6) return undefined;
  const peer: Peer = { key: subnet.v4, subnet, host, port: offer.host_port };
  if (offer.wireguard === undefined) return peer;
  const { public_key: publicKey, port } = offer.wireguard;
  return { ...peer, wireguard: { publicKey, port } };
}
