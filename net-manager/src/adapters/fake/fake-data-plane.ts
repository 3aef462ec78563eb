import { parseAddress, workerAddresses } from "@oak/core";
import { errors } from "../../errors.ts";
import type {
  Addresses,
  DataPlane,
  LocalInstance,
  Peer,
  ServiceProgram,
  Slot,
  Subnet,
  UnknownDestination,
} from "../../ports.ts";

/** A data plane without a kernel: it keeps what it is told. */
export interface FakeDataPlane extends DataPlane {
  readonly services: ReadonlyMap<string, ServiceProgram>;
  readonly peers: ReadonlyMap<string, Peer>;
  /** By IPv4 namespace address. */
  readonly locals: ReadonlyMap<string, LocalInstance>;
  readonly answers: readonly { address: string; outcome: "known" | { unknownForMs: number } }[];
  readonly leases: ReadonlyMap<string, number>;
  readonly isSettled: boolean;
  readonly underlay: { address: string; port: number } | undefined;
  /** The last process in a namespace ends. */
  vanish(slotId: string): void;
  /** A packet comes for an address. */
  receive(address: string): void;
  /** A new connection is made to an address. */
  use(address: string): void;
  setConnections(address: string, count: number): void;
}

export interface FakeDataPlaneOptions {
  /** `dev:inode` of the namespace of a process; undefined when there is no such process. */
  namespaceOf(pid: number): string | undefined;
}

export function createFakeDataPlane({ namespaceOf }: FakeDataPlaneOptions): FakeDataPlane {
  const services = new Map<string, ServiceProgram>();
  const peers = new Map<string, Peer>();
  const locals = new Map<string, LocalInstance>();
  const slots = new Map<string, Slot>();
  const answers: { address: string; outcome: "known" | { unknownForMs: number } }[] = [];
  const leases = new Map<string, number>();
  const connections = new Map<string, number>();
  let used = new Set<string>();
  let subnet: Subnet | undefined;
  let underlay: FakeDataPlane["underlay"];
  let isSettled = false;
  let firstPackets = 0;
  let vanished: ((slot: Slot) => void) | undefined;
  let listener: ((destination: UnknownDestination) => void) | undefined;

  const freeAddresses = (): Addresses => {
    const v4 = basesOf(subnet).v4;
    const v6 = basesOf(subnet).v6;
    const taken = new Set([...slots.values()].map(({ namespace }) => namespace.v4));
    for (let index = 0; index < v4.size; index += 1) {
      const address = v4.workload(index);
      if (!taken.has(address)) return { v4: address, v6: v6.workload(index) };
    }
    throw errors.subnet_full();
  };

  return {
    services,
    peers,
    locals,
    answers,
    leases,
    get isSettled() {
      return isSettled;
    },
    get underlay() {
      return underlay;
    },
    start: async (options) => {
      subnet = options.subnet;
      underlay = options.underlay;
    },
    stop: async () => undefined,
    uninstall: async () => {
      for (const held of [services, peers, locals, slots]) held.clear();
      subnet = undefined;
    },
    connect: (pid) => {
      const id = namespaceOf(pid);
      if (id === undefined) throw errors.process_gone(`No process ${pid}`);
      const known = slots.get(id);
      if (known !== undefined) return known;
      const slot: Slot = { id, link: `fake${slots.size}`, namespace: freeAddresses() };
      slots.set(id, slot);
      return slot;
    },
    disconnect: (id) => void slots.delete(id),
    slots: () => [...slots.values()],
    onVanished: (next) => {
      vanished = next;
    },
    setLocal: (instance) => void locals.set(instance.namespace.v4, instance),
    removeLocal: ({ v4 }) => void locals.delete(v4),
    setService: (program) => void services.set(program.name, program),
    removeService: (name) => void services.delete(name),
    setPeer: (peer) => void peers.set(peer.key, peer),
    removePeer: (key) => void peers.delete(key),
    settled: () => {
      isSettled = true;
    },
    onUnknown: (next) => {
      listener = next;
    },
    answer: (address, outcome) => void answers.push({ address, outcome }),
    takeUsed: async () => {
      const taken = used;
      used = new Set();
      return taken;
    },
    renewLeases: (namespaces, forMs) => {
      for (const { v4 } of namespaces) leases.set(v4, forMs);
    },
    cut: async ({ v4 }) => void connections.delete(v4),
    busy: async () => new Set([...connections].flatMap(([v4, count]) => (count > 0 ? [v4] : []))),
    hasOpen: async ({ v4 }) => (connections.get(v4) ?? 0) > 0,
    flows: async () => [],
    state: () => ({
      subnet: subnet ?? { v4: "", v6: "" },
      bridge: "fake",
      mtu: 1_450,
      services: services.size,
      peers: peers.size,
      slots: slots.size,
      firstPackets,
      repairs: 0,
    }),
    vanish: (slotId) => {
      const slot = slots.get(slotId);
      slots.delete(slotId);
      if (slot !== undefined) vanished?.(slot);
    },
    receive: (address) => {
      firstPackets += 1;
      listener?.({ address });
    },
    use: (address) => void used.add(address),
    setConnections: (address, count) => void connections.set(address, count),
  };
}

function basesOf(subnet: Subnet | undefined) {
  const v4 = parseAddress(subnet?.v4 ?? "");
  const v6 = parseAddress(subnet?.v6 ?? "");
  if (v4 === undefined || v6 === undefined) throw new Error("The data plane was not started");
  return { v4: workerAddresses(v4), v6: workerAddresses(v6) };
}
