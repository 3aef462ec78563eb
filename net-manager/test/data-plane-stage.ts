import type {
  Addresses,
  DataPlane,
  LocalInstance,
  ServiceProgram,
  Slot,
  Subnet,
  Underlay,
} from "../src/ports.ts";

/** A process in a network namespace of its own; it answers connections on port 80. */
export interface Player {
  name: string;
  pid: number;
  /** Answers the name of whoever answered, `refused` or `silent`; the connection stays open. */
  dial(address: string, patienceMs?: number): Promise<string>;
  hangUp(address: string): void;
  end(): Promise<void>;
}

/** A worker with one data plane. */
export interface Stage {
  /** Of the process that runs. */
  plane: DataPlane;
  subnet: Subnet;
  underlay: Underlay;
  player(name: string): Promise<Player>;
  /** Ids of processes, each in a namespace of its own. */
  pids(count: number): number[];
  /** From outside, to a port of the worker. */
  dialPort(port: number): Promise<string>;
  /** Another process begins where the one before has stopped; it is not started yet. */
  nextPlane(): DataPlane;
  remove(): Promise<void>;
}

/** An instance that is attached and named. */
export interface Placed {
  player: Player;
  slot: Slot;
  instance: Addresses;
  local: LocalInstance;
}

/** The addresses of the service. */
export const web = { v4: "10.30.1.1", v6: "fdff:2000::1" };

/** Of a service whose instances are these; `targets` of them take new connections. */
export const program = (
  attached: readonly Placed[],
  { targets = attached, ...more }: Partial<ServiceProgram> & { targets?: readonly Placed[] } = {},
): ServiceProgram => ({
  name: "web",
  routes: (["v4", "v6"] as const).flatMap((family) => [
    { address: web[family], targets: targets.map(({ slot }) => slot.namespace[family]) },
    ...attached.map(({ instance, slot }) => ({
      address: instance[family],
      targets: [slot.namespace[family]],
    })),
  ]),
  attached: attached.map(({ instance, slot }) => ({ instance, namespace: slot.namespace })),
  admits: [1],
  isExclusive: false,
  ...more,
});

/** What comes of it when a process cannot be connected; else its slot. */
export const refusalOf = (plane: DataPlane, pid: number): unknown => {
  try {
    return plane.connect(pid);
  } catch (error) {
    return error;
  }
};
