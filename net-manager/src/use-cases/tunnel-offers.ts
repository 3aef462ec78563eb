import type { TunnelOffer, WireguardEnd } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import type { ClusterLink } from "../cluster/cluster-link.ts";
import type { KnownService } from "../domain/known-service.ts";
import { canonical, canonicalPair, subnetOf } from "../domain/subnets.ts";
import type { DataPlane, Peer, Subnet } from "../ports.ts";
import type { AttachmentBook } from "./attachment-book.ts";
import type { PeerBook } from "./peer-book.ts";

/** Tells workers that are about to be reached by WireGuard who comes: they answer only those that they know. */
export interface TunnelOffers {
  /** Offers to all peers whose tunnel does not stand, each again after a while. */
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
  services(): readonly KnownService[];
  subnet(): Subnet | undefined;
  /** Undefined: not told to anybody. */
  tunnelEnd(): { host: string; port: number; wireguard?: WireguardEnd } | undefined;
  clock: Pick<Clock, "monotonicMs">;
}

/** Often at first, since somebody waits; later for the case that the other side comes back. */
const pausesMs = [500, 1_000, 1_000, 2_000, 5_000, 10_000];
const longestPauseMs = 30_000;

export function createTunnelOffers(options: TunnelOffersOptions): TunnelOffers {
  const { plane, link, attachments, peers, clock } = options;
  const sent = new Map<string, { attempt: number; atMs: number }>();

  const offerTo = ({ key }: Peer): void => {
    const subnet = options.subnet();
    const end = options.tunnelEnd();
    const target = instanceOn(key, options.services());
    if (subnet === undefined || end?.wireguard === undefined || target === undefined) return;
    const { attempt, atMs } = sent.get(key) ?? { attempt: 0, atMs: Number.NEGATIVE_INFINITY };
    const pauseMs = attempt === 0 ? 0 : (pausesMs[attempt - 1] ?? longestPauseMs);
    if (clock.monotonicMs() - atMs < pauseMs) return;
    sent.set(key, { attempt: attempt + 1, atMs: clock.monotonicMs() });
    const offer: TunnelOffer = {
      ...target,
      subnet: subnet.v4,
      subnetv6: subnet.v6,
      host_ip: end.host,
      host_port: end.port,
      wireguard: end.wireguard,
    };
    link.send("tunnelOffer", offer);
  };

  return {
    send: () => {
      const states = plane.wireguard?.().peers;
      const sealed = peers.all().filter(({ wireguard }) => wireguard !== undefined);
      const open = sealed.filter(({ key }) => states?.get(key) !== "up");
      const keys = new Set(open.map(({ key }) => key));
      for (const key of sent.keys()) if (!keys.has(key)) sent.delete(key);
      for (const peer of open) offerTo(peer);
    },
    offered: (offer) => {
      const isHosted = attachments.get(offer.appname, offer.instance_number) !== undefined;
      const peer = peerOf(offer);
      const isOwn = peer?.key === options.subnet()?.v4;
      if (!isHosted || peer === undefined || isOwn) return;
      if (options.tunnelEnd()?.wireguard !== undefined) peers.hold(peer);
    },
    clear: () => sent.clear(),
  };
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
  const { public_key: publicKey, port } = offer.wireguard;
  return { key: subnet.v4, subnet, host, port: offer.host_port, wireguard: { publicKey, port } };
}
