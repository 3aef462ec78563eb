import type {
  InstanceKey,
  NetAttach,
  NetAttached,
  NetDetach,
  NetLeases,
  NetRegister,
  NetRegistered,
  NetSlot,
  NetStatus,
  Pair,
  PortMapping,
} from "@oak/contracts";

/** A process that holds a network namespace and does nothing else. */
export interface Namespace {
  /** The runtime's own name for it. */
  handle: string;
  /** Absent: the process is gone. The namespace itself may live on with a workload inside. */
  pid?: number;
}

/**
 * Makes namespaces that workloads of a runtime can join. Failures reject with a `RuntimeFault`; every call ends within a bounded
 * time.
 */
export interface NamespaceHost {
  /** With nothing but a loopback device. Takes as long as the start of a container. */
  make(): Promise<Namespace & { pid: number }>;
  /** All of this engine, also those whose process is gone. */
  list(): Promise<Namespace[]>;
  /** Gone is success. */
  remove(handle: string): Promise<void>;
  /** A process of this workload, when it ran as it was last seen: it may be the last one in its namespace. */
  pidOf(workload: string): number | undefined;
  /** Whether something in the namespace of this process takes what comes to all of these ports. Never rejects. */
  isListening(pid: number, ports: readonly PortMapping[]): Promise<boolean>;
}

/**
 * The net-manager of this machine. Failures reject with a `RuntimeFault`: `network_unavailable` (it does not answer, or
 * does not know its worker yet), `network_full`, `network_lost` (the process is gone), `port_taken`, `network_failed`.
 */
export interface NetManager {
  status(): Promise<NetStatus>;
  /** May take long: it answers only when the cluster has leased a subnet, or has not for a while. */
  register(registration: NetRegister, signal: AbortSignal): Promise<NetRegistered>;
  prepare(pid: number): Promise<NetSlot>;
  attach(attachment: NetAttach): Promise<NetAttached>;
  detach(instance: NetDetach): Promise<void>;
  release(slot: string): Promise<void>;
  renewLeases(leases: NetLeases["leases"]): Promise<void>;
  close(): void;
}

/** What is left of the right of an exclusive instance to run here. */
export interface LeftLease {
  key: InstanceKey;
  leftMs: number;
}

/** A copy to which no connection is open any more, and which takes no new ones. */
export interface IdleCopy {
  key: InstanceKey;
  pair: Pair;
}

/** What the engine tells the network besides the life of its workloads. */
export interface Network {
  /** false: ports are published by the runtime, and nothing else is offered. */
  readonly isOn: boolean;
  /** How many workloads this worker has addresses for; undefined: not known yet, or no limit. */
  capacity(): number | undefined;
  /** The worker is known to its cluster as `client_id`, and may speak to the broker. */
  registered(registration: NetRegister): void;
  /** The instance is held under this pair from now on. */
  placed(key: InstanceKey, pair: Pair): void;
  /** These exclusive instances may answer for so long. */
  renewLeases(leases: readonly LeftLease[]): void;
  /** As the net-manager said last; none while it does not answer. */
  idle(): readonly IdleCopy[];
}
