/** An interface as the kernel shows it. */
export interface KernelLink {
  index: number;
  name: string;
  /** `veth`, `bridge`, `vxlan`, `tun` …; absent for hardware and loopback. */
  kind?: string;
  mtu: number;
  /** `02:00:0a:12:00:40`. */
  mac: string;
  isUp: boolean;
  /** Index of the bridge that it is a port of. */
  master?: number;
  /** Of a port. */
  isIsolated?: boolean;
  /** Of an end of a pair whose other end is in another namespace: {@link Rtnetlink.namespaceNumber} of that one. */
  peerNamespace?: number;
  /** Of a VXLAN device. */
  vxlan?: { vni: number; port: number; local?: string };
}

/** What of an interface is to change; what is absent stays. */
export interface LinkSettings {
  isUp?: boolean;
  mtu?: number;
  mac?: string;
  /** Index of a bridge; 0 takes it out. */
  master?: number;
  /** A port of a bridge that reaches no other isolated port. */
  isIsolated?: boolean;
  name?: string;
}

export interface VxlanSettings {
  name: string;
  vni: number;
  /** UDP port on which it listens. */
  port: number;
  /** Address of the underlay, either family. */
  local: string;
  mtu: number;
  mac: string;
}

/** A route. Prefixes are `10.18.0.64/26`; `via` may be off-link with `isOnlink`. */
export interface KernelRoute {
  to: string;
  via?: string;
  /** Index of the interface; absent for `unreachable`. */
  link?: number;
  isOnlink?: boolean;
  mtu?: number;
  metric?: number;
  kind?: "unicast" | "unreachable";
  /** Who makes it, a number below 256: 4 (static) unless said otherwise. Not told of a route that is read. */
  protocol?: number;
}

/** A permanent neighbour, or with `remote` an entry of a VXLAN device's forwarding table. */
export interface KernelNeighbour {
  link: number;
  mac: string;
  /** Of a neighbour. */
  address?: string;
  /** Of a forwarding entry: where the tunnel of that MAC ends. */
  remote?: string;
  /** Of a forwarding entry, when it isn't the device's own. */
  remotePort?: number;
}

/**
 * Links, addresses, routes and neighbours of the namespace in which it was opened. Each call is synchronous and takes some
 * ten microseconds. What is already so is success; everything else throws {@link KernelError}.
 */
export interface Rtnetlink {
  links(): KernelLink[];
  link(name: string): KernelLink | undefined;
  addBridge(name: string, settings: { mtu: number; mac?: string }): KernelLink;
  /** Both ends at once; the peer goes straight into the namespace (an open file of it). */
  addVeth(
    name: string,
    settings: { mtu: number; peer: { name: string; mac?: string; namespace?: number } },
  ): KernelLink;
  addVxlan(settings: VxlanSettings): KernelLink;
  /** A WireGuard device without keys and peers. @throws KernelError `EOPNOTSUPP` where the kernel has none */
  addWireguard(name: string, settings: { mtu: number }): KernelLink;
  setLink(index: number, settings: LinkSettings): void;
  deleteLink(index: number): void;
  /** This namespace's number for another one (an open file of it); undefined: it has none, so nothing leads there. */
  namespaceNumber(fd: number): number | undefined;
  /** Of this namespace: a number that no other one ever has, unlike that of its file. Undefined before Linux 5.14. */
  namespaceCookie(): bigint | undefined;
  /** Addresses with their prefix length, both families. */
  addresses(link: number): string[];
  /** Without duplicate address detection. */
  addAddress(link: number, address: string): void;
  deleteAddress(link: number, address: string): void;
  /** Of one interface, or made by one `protocol`: that the kernel picks, so that few of very many cost little. */
  routes(link?: number, protocol?: number): KernelRoute[];
  replaceRoute(route: KernelRoute): void;
  deleteRoute(route: KernelRoute): void;
  neighbours(link: number): KernelNeighbour[];
  replaceNeighbour(neighbour: KernelNeighbour): void;
  deleteNeighbour(neighbour: KernelNeighbour): void;
  close(): void;
}

/** A change of one element of a set or map of the table. Keys and data are in network byte order, fields padded to 4 bytes. */
export interface ElementChange {
  op: "add" | "delete";
  set: string;
  key: Uint8Array;
  /** Of a map. */
  data?: Uint8Array;
  /** After which the kernel drops it; of sets with a timeout. Adding again does not prolong: delete and add in one call. */
  timeoutMs?: number;
  /** Of a deletion: an absent one is no error. Without it the whole call fails with `ENOENT`. */
  mayBeAbsent?: boolean;
}

export interface SetElement {
  key: Uint8Array;
  data?: Uint8Array;
  /** Left of its timeout. */
  expiresMs?: number;
}

/** One nftables table of the namespace in which it was opened. */
export interface Nftables {
  /** Carries out a whole file of `nft` in one transaction, by the program of that name: some milliseconds. */
  load(ruleset: string): Promise<void>;
  /** All changes in one transaction, synchronous, without looking at what else the table holds. @throws KernelError */
  change(changes: readonly ElementChange[]): void;
  /** All elements; throws KernelError `ENOENT` when the set is not there. */
  elements(set: string): SetElement[];
  /** The same, of large sets: others run in between. What changes meanwhile may be in it or not. */
  elementsInParts(set: string): Promise<SetElement[]>;
  /** Calls `listener` when somebody else has changed anything in nftables. Answers what ends that. */
  watch(listener: () => void): () => void;
  close(): void;
}

/** One direction of a flow. */
export interface FlowEnds {
  source: string;
  destination: string;
  /** Of TCP, UDP and their like. */
  sourcePort?: number;
  destinationPort?: number;
  /** Of a ping. */
  icmp?: { id: number; type: number; code: number };
}

/** A tracked connection. */
export interface Flow {
  protocol: number;
  /** As the client sent it. */
  original: FlowEnds;
  /** As the server answers it. */
  reply: FlowEnds;
  mark: number;
  /** Until it is forgotten, when nothing more is heard. */
  timeoutS: number;
  /** Whether anything has come back from the server. */
  isAnswered: boolean;
  /** `established`, `time_wait` …; of TCP. */
  state?: string;
  /** The kernel's name for it. */
  id?: number;
}

/** Addresses that a flow has; what is absent does not matter. Of IPv4, and by `isAnswered`, the kernel chooses. */
export interface FlowFilter {
  isAnswered?: boolean;
  original?: { source?: string; destination?: string };
  reply?: { source?: string; destination?: string };
}

/** Connection tracking of the namespace in which it was opened. */
export interface Conntrack {
  flows(family: 4 | 6, filter?: FlowFilter): Flow[];
  /**
   * What `pick` makes of each flow, without those for which it answers undefined, `limit` at most. However many there are, other work has
   * its turn every few milliseconds; what changes meanwhile may be missed. Calls wait for each other.
   */
  scan<T>(
    family: 4 | 6,
    pick: (flow: Flow) => T | undefined,
    options?: { filter?: FlowFilter; limit?: number },
  ): Promise<T[]>;
  /** One that is gone is success. */
  deleteFlow(flow: Flow): void;
  close(): void;
}

/** A TUN device; packets are whole IP packets. It is gone when it is closed, or the process is. */
export interface Tun {
  readonly name: string;
  /** Calls `listener` for each packet, until `close`. The packet is a view that holds only during the call. */
  onPacket(listener: (packet: Buffer) => void): void;
  /** Calls `listener` once when somebody else has deleted the device; it is to be closed and opened anew. */
  onLost(listener: (error: Error) => void): void;
  /** Hands a packet to the kernel as if it had come in over the device. @throws KernelError `EIO` while the device is down */
  write(packet: Uint8Array): void;
  close(): Promise<void>;
}
