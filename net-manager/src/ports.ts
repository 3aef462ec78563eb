import type { PortMapping } from "@oak/contracts";

/** An address of both families. */
export interface Addresses {
  v4: string;
  v6: string;
}

/** The two ranges of namespace addresses that a worker is leased: base addresses of a /26 and a /120. */
export type Subnet = Addresses;

/** One service or instance address and the namespace addresses (of the same family) that stand behind it. */
export interface Route {
  address: string;
  /** New connections are spread evenly over them; none: refused at once. */
  targets: readonly string[];
}

/** Where one instance of a service is attached. */
export interface Attached {
  /** Its instance addresses, which replies go to. */
  instance: Addresses;
  namespace: Addresses;
  /** Key of the worker's {@link Peer}; absent: it is attached here. */
  peer?: string;
}

/**
 * All that the kernel must know of one service. It is replaced as a whole and in one transaction: no packet sees a part of it.
 */
export interface ServiceProgram {
  /** The job name. */
  name: string;
  routes: readonly Route[];
  /** All attached instances, also those that take no new connections. */
  attached: readonly Attached[];
  /** Numbers of the clients ({@link LocalInstance.tenant}) that may connect. */
  admits: readonly number[];
  /** Its instances answer only while {@link DataPlane.renewLeases} says so. */
  isExclusive: boolean;
}

/** Where this worker is in the network that connects workers. */
export interface Underlay {
  address: string;
  /** UDP port of the tunnel. */
  port: number;
  /** The one after `port` unless said otherwise. */
  wireguardPort?: number;
}

/** Another worker, as the end of a tunnel. */
export interface Peer {
  /** Base address of its IPv4 subnet. */
  key: string;
  subnet: Subnet;
  /** Underlay address, either family, and UDP port of its tunnel. */
  host: string;
  port: number;
  /** Given: its packets pass WireGuard, and nothing goes to it in plain. */
  wireguard?: WireguardEnd;
}

/** A worker as the end of an encrypted tunnel; `host` is that of its other tunnel. */
export interface WireguardEnd {
  /** Base64. */
  publicKey: string;
  /** UDP. */
  port: number;
}

/** `unreachable`: it was tried for a while, and neither side has heard of the other. */
export type SealedPeerState = "connecting" | "up" | "unreachable";

/** How the encrypted tunnels stand. */
export interface WireguardState {
  /** Absent: there is no WireGuard here, and `reason` says why. */
  own?: WireguardEnd & { kind: "kernel" | "user" };
  /** Beside `own`, in one sentence: why its device does not stand, which is tried again. */
  reason?: string;
  /** By key of the {@link Peer}. */
  peers: ReadonlyMap<string, SealedPeerState>;
}

/** An instance that is attached to this worker. */
export interface LocalInstance {
  /** The job name. */
  service: string;
  number: number;
  namespace: Addresses;
  /** Absent until a table query has told them: what it sends then waits for that. */
  instance?: Addresses;
  /** A small number from 1 for (owner, application). */
  tenant: number;
  ports: readonly PortMapping[];
}

/** A namespace that is connected to the bridge, and perhaps not in use yet. */
export interface Slot {
  /** Name of the host's end of the pair. */
  link: string;
  namespace: Addresses;
  /** `dev:inode` of the namespace: stays what it is while any process or file holds it. */
  id: string;
}

/** What a packet was for that nothing is known about. */
export interface UnknownDestination {
  /** Service or instance address. */
  address: string;
}

/** A tracked connection of a workload: what `net-manager flows` shows. */
export interface FlowView {
  protocol: "tcp" | "udp" | "icmp" | "other";
  /** Address and port, where it has one: `10.18.0.66:4000`, `[fc00::102]:4000`. */
  client: string;
  /** As the client dialled it. */
  dialled: string;
  /** The namespace address that it reached, or whoever else answers. */
  server: string;
  state?: string;
}

/** How the data plane stands: what `net-manager status` shows. */
export interface DataPlaneState {
  subnet: Subnet;
  bridge: string;
  mtu: number;
  services: number;
  peers: number;
  slots: number;
  /** Packets that came to user space because their destination was unknown. */
  firstPackets: number;
  /** How often something that others had changed was put right. */
  repairs: number;
}

/**
 * The kernel's part of the worker's network: bridge, pairs, tunnels and one nftables table. It keeps what it was told in
 * memory, brings the kernel to it, and puts right what others flush or delete. Calls are idempotent; they reject or throw only when the kernel
 * refuses, and then nothing is half-done.
 */
export interface DataPlane {
  /**
   * Again with another underlay: the tunnel moves there, nothing else changes. With another subnet: only after
   * {@link uninstall}. Makes or adopts everything; what a predecessor left and nobody confirms within a call of {@link settled} goes. */
  start(options: { subnet: Subnet; underlay: Underlay }): Promise<void>;
  /** Leaves the kernel as it is: connections go on while no agent runs. */
  stop(): Promise<void>;
  /** Takes out everything that it ever made. */
  uninstall(): Promise<void>;

  /**
   * Connects the namespace of the process with two free addresses of the subnet; the same namespace again: the same slot.
   * @throws AppError subnet_full, process_gone (see errors.ts)
   */
  connect(pid: number): Slot;
  /** Gives the slot's addresses back and removes the pair. Unknown is success. */
  disconnect(slotId: string): void;
  /** Also those of a predecessor, from {@link start} on, as long as a process is in them. */
  slots(): Slot[];
  /** Called when a namespace does not exist any more: its slot and addresses are free already. May come during {@link connect}. */
  onVanished(listener: (slot: Slot) => void): void;

  /** Says who uses a slot; from now on its connections carry its instance address, and its ports are published. */
  setLocal(instance: LocalInstance): void;
  removeLocal(namespace: Addresses): void;

  setService(program: ServiceProgram): void;
  removeService(name: string): void;
  setPeer(peer: Peer): void;
  removePeer(key: string): void;
  /** Everything that was told is complete: what the kernel still holds beyond it is a predecessor's and goes. */
  settled(): void;

  /** Called once for each address without an answer, until {@link answer}. */
  onUnknown(listener: (destination: UnknownDestination) => void): void;
  /** `known`: its program stands, the waiting packets go on. `unknown`: they are refused, and the next ones for `forMs`. */
  answer(address: string, outcome: "known" | { unknownForMs: number }): void;

  /** Service and instance addresses that new connections were made to since the last call; some that are told may be a minute old. */
  takeUsed(): Promise<Set<string>>;
  /** Exclusive instances answer for so long from now on; an absent one falls silent when its time is over. */
  renewLeases(namespaces: readonly Addresses[], forMs: number): void;
  /** Ends the tracked connections to these namespace addresses: clients see a reset or connect anew. */
  cut(namespace: Addresses): Promise<void>;
  /** Namespace addresses of both families that tracked connections lead to, here and on other workers, as long as they may carry something. */
  busy(): Promise<ReadonlySet<string>>;
  /** Whether a connection to a workload of this worker is open, or was a moment ago. */
  hasOpen(namespace: Addresses): Promise<boolean>;
  /** The tracked connections of this worker's workloads, `limit` at most. */
  flows(limit: number): Promise<FlowView[]>;
  state(): DataPlaneState;
  /** Absent: no encrypted tunnels can be made. */
  wireguard?(): WireguardState;
}
