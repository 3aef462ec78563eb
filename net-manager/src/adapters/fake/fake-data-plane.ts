import { readPeer } from "../../kernel/tunnels-peer.ts";
import type {
  DataPlane,
  LocalInstance,
  Peer,
  ServiceProgram,
  Subnet,
  UnknownDestination,
} from "../../ports.ts";
import { createFakeSlots, type FakeSlots } from "./fake-slots.ts";
import { createFakeTraffic, type FakeTraffic } from "./fake-traffic.ts";
import { createToldMap } from "./told-map.ts";

/**
 * A data plane without a kernel: it keeps what it is told, and answers connections by that ({@link FakeTraffic}). Started again after
 * a stop it is that of another process on the same kernel.
 */
export interface FakeDataPlane
  extends DataPlane,
    Pick<FakeSlots, "vanish">,
    Pick<FakeTraffic, "dial" | "dialPort" | "hangUp" | "use" | "setConnections"> {
  readonly services: ReadonlyMap<string, ServiceProgram>;
  readonly peers: ReadonlyMap<string, Peer>;
  /** By IPv4 namespace address. */
  readonly locals: ReadonlyMap<string, LocalInstance>;
  readonly answers: readonly { address: string; outcome: "known" | { unknownForMs: number } }[];
  /** What was said last, by IPv4 namespace address. */
  readonly leases: ReadonlyMap<string, number>;
  readonly isSettled: boolean;
  readonly underlay: { address: string; port: number } | undefined;
  /** A packet comes for an address that the kernel knows nothing of. */
  receive(address: string): void;
}

export interface FakeDataPlaneOptions {
  /** `dev:inode` of the namespace of a process; undefined when there is no such process. */
  namespaceOf(pid: number): string | undefined;
}

export function createFakeDataPlane({ namespaceOf }: FakeDataPlaneOptions): FakeDataPlane {
  const services = createToldMap<ServiceProgram>();
  const peers = createToldMap<Peer>();
  const locals = createToldMap<LocalInstance>();
  const told = [services, peers, locals];
  const answers: { address: string; outcome: "known" | { unknownForMs: number } }[] = [];
  const leases = new Map<string, number>();
  const unanswered = new Set<string>();
  const listeners: ((destination: UnknownDestination) => void)[] = [];
  let subnet: Subnet | undefined;
  let underlay: FakeDataPlane["underlay"];
  let isSettled = false;

  const ask = (address: string): void => {
    if (unanswered.has(address)) return;
    unanswered.add(address);
    for (const listener of listeners) listener({ address });
  };
  const { start, stop, uninstall, ...slots } = createFakeSlots(namespaceOf);
  const traffic = createFakeTraffic({
    services: services.all,
    locals: locals.all,
    onFirst: ask,
  });
  const { flows, hasOpen, busy, takeUsed, cut, ...others } = traffic;
  const { dial, dialPort, hangUp, use, setConnections } = others;

  return {
    ...slots,
    ...{ flows, hasOpen, busy, takeUsed, cut },
    ...{ dial, dialPort, hangUp, use, setConnections },
    services: services.all,
    peers: peers.all,
    locals: locals.all,
    answers,
    leases,
    get isSettled() {
      return isSettled;
    },
    get underlay() {
      return underlay;
    },
    start: async (options) => {
      ({ subnet, underlay } = options);
      start(subnet);
    },
    stop: async () => {
      stop();
      isSettled = false;
      for (const one of told) one.adopt();
      unanswered.clear();
      listeners.length = 0;
      traffic.forgetCounts();
    },
    uninstall: async () => {
      uninstall();
      for (const held of [...told, leases, unanswered, traffic]) held.clear();
      subnet = undefined;
    },
    setLocal: (instance) => {
      locals.set(instance.namespace.v4, instance);
      if (instance.instance !== undefined) traffic.named(instance.namespace);
    },
    removeLocal: ({ v4 }) => locals.delete(v4),
    setService: (program) => services.set(program.name, program),
    removeService: (name) => services.delete(name),
    setPeer: (peer) => {
      // What is no address is refused there as here.
      readPeer(peer);
      peers.set(peer.key, peer);
    },
    removePeer: (key) => peers.delete(key),
    settled: () => {
      isSettled = true;
      for (const one of told) one.dropAdopted();
    },
    onUnknown: (listener) => void listeners.push(listener),
    answer: (address, outcome) => {
      answers.push({ address, outcome });
      unanswered.delete(address);
      traffic.answered(address, outcome);
    },
    renewLeases: (namespaces, forMs) => {
      for (const { v4 } of namespaces) leases.set(v4, forMs);
      traffic.renew(namespaces, forMs);
    },
    state: () => ({
      subnet: subnet ?? { v4: "", v6: "" },
      bridge: "fake",
      mtu: 1_450,
      services: services.told(),
      peers: peers.told(),
      slots: slots.slots().length,
      firstPackets: traffic.firstPackets(),
      repairs: 0,
    }),
    receive: (address) => {
      traffic.countFirst();
      ask(address);
    },
  };
}
