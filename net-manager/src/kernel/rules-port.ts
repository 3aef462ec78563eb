import type { Addresses, FlowView, LocalInstance, ServiceProgram, Slot, Subnet } from "../ports.ts";

/** What the rules are generated from. The interfaces need not exist yet. */
export interface RulesOptions {
  subnet: Subnet;
  /** Name of the bridge that the workloads' pairs are ports of. Its addresses are the first of the subnet. */
  bridge: string;
  /** Name of the device that leads to user space; the route of the service ranges points to it. */
  tun: string;
  /** Names of all devices that lead to other workers: what comes from them was admitted by its sender. */
  tunnels: readonly string[];
  /** The tunnel inside WireGuard: what comes to its port by any other device is nobody's. */
  sealed?: { device: string; port: number };
  /** Prefixes of service and instance addresses: `10.30.0.0/16`. */
  serviceRanges: { v4: readonly string[]; v6: readonly string[] };
}

/** How the rules stand. */
export interface RulesState {
  services: number;
  locals: number;
  /** Elements that this process wants in the kernel. */
  elements: number;
  /** How often something that others had changed was put right. */
  repairs: number;
}

/**
 * The nftables part of the data plane: translation, isolation, published ports, leases. It keeps what it was told in memory, brings its
 * table to it, and puts right what others flush or delete. Setters are synchronous and one transaction each; a setter that
 * throws KernelError has changed nothing. When an instance takes no more clients, tracked connections to it that were never answered
 * end soon after, and datagrams when it is gone: their clients find another one.
 *
 * A packet to a service range is tracked and translated only when its destination is known (part of a program, or a local
 * instance) and its source, if it is a local namespace, has an instance address. Every other one passes *untracked* to
 * the TUN device, where it has to wait for both; written back to the device, it is judged anew like a first one.
 */
export interface Rules {
  /** Makes or adopts the table; what a predecessor left in it keeps working until {@link settled}. */
  start(options: RulesOptions): Promise<void>;
  /** Leaves the table as it is. */
  stop(): Promise<void>;
  /** Takes the table out, and the marked rules in Docker's chain. */
  uninstall(): Promise<void>;

  /** From now on the port of the bridge may send with these addresses, and with no other. */
  setSlot(slot: Pick<Slot, "link" | "namespace">): void;
  removeSlot(link: string): void;

  setLocal(instance: LocalInstance): void;
  removeLocal(namespace: Addresses): void;
  /** Whether what this namespace address sends carries an instance address; also by what a predecessor said. */
  isNamed(namespace: string): boolean;
  setService(program: ServiceProgram): void;
  /** The same as one call each, in fewer transactions. */
  setServices(programs: readonly ServiceProgram[]): void;
  removeService(name: string): void;
  /** Everything that was told is complete: what a predecessor left beyond it goes, in the background. */
  settled(): void;

  /** The kernel refuses an unknown service address for so long (ICMP host unreachable), unless a program brings it. */
  refuse(address: string, forMs: number): void;
  /** Service and instance addresses that new connections were made to since the last call. */
  takeUsed(): Promise<Set<string>>;
  /** Exclusive local instances answer for so long from now on. */
  renewLeases(namespaces: readonly Addresses[], forMs: number): void;
  /** Ends the tracked connections to these namespace addresses. */
  cut(namespace: Addresses): Promise<void>;
  /** Addresses that answer in tracked connections which may still carry something. */
  busy(): Promise<ReadonlySet<string>>;
  /** Whether a connection to one of these is open. */
  hasOpen(namespace: Addresses): Promise<boolean>;
  /** Tracked connections of the subnet's namespaces. */
  flows(subnet: Subnet, limit: number): Promise<FlowView[]>;
  /** Resolves when the connections that the last changes have left behind are looked after. */
  idle(): Promise<void>;
  state(): RulesState;
}
