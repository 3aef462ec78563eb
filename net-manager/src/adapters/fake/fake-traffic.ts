import { endOf } from "../../kernel/rules-flows.ts";
import type { Addresses, DataPlane, FlowView, LocalInstance, ServiceProgram } from "../../ports.ts";

/** The namespace address that answered; or the connection ended at once, or nobody ever answered. */
export type DialOutcome = { server: string } | "refused" | "silent";

/** What the kernel was told, as far as it decides about connections. */
export interface FakeRules {
  services: ReadonlyMap<string, ServiceProgram>;
  /** By IPv4 namespace address. */
  locals: ReadonlyMap<string, LocalInstance>;
  /** A packet came to user space because of its destination. */
  onFirst(address: string): void;
}

/** Connections as the kernel makes them of what it was told: TCP alone, and to this worker's own workloads. */
export interface FakeTraffic
  extends Pick<DataPlane, "flows" | "hasOpen" | "busy" | "takeUsed" | "cut"> {
  /** From a workload; waits like a first packet until the address is answered and the workload has a name. */
  dial(client: Addresses, to: string): Promise<DialOutcome>;
  /** To a published port, from outside. */
  dialPort(host: number): DialOutcome;
  /** Ends what a client has open to an address. */
  hangUp(client: string, dialled: string): void;
  /** A new connection is made to an address, by nobody in particular: told once. */
  use(address: string): void;
  /** So many are open to a namespace address, from nobody in particular. */
  setConnections(address: string, count: number): void;
  /** What waits for this goes on, or is refused. */
  answered(address: string, outcome: "known" | { unknownForMs: number }): void;
  named(namespace: Addresses): void;
  /** Exclusive instances answer for so long from now on. */
  renew(namespaces: readonly Addresses[], forMs: number): void;
  countFirst(): void;
  firstPackets(): number;
  /** Another process counts anew. */
  forgetCounts(): void;
  clear(): void;
}

interface Flow {
  client: string;
  dialled: string;
  server: string;
  view: FlowView;
}

const clientPorts = 40_000;
const stranger = "192.0.2.200";

export function createFakeTraffic({ services, locals, onFirst }: FakeRules): FakeTraffic {
  const leases = new Map<string, number>();
  const connections = new Map<string, number>();
  let flows: Flow[] = [];
  let usedOnce = new Set<string>();
  const used = new Set<string>();
  const refusedUntil = new Map<string, number>();
  const waiting = createWaiting();
  let turn = 0;
  let ports = clientPorts;
  let firstPackets = 0;

  const open = (client: string, dialled: [address: string, port: number], to: Target) => {
    ports += 1;
    const view: FlowView = {
      protocol: "tcp",
      client: endOf(client, ports),
      dialled: endOf(...dialled),
      server: endOf(to.server, to.port),
      state: "established",
    };
    const local = localAt(locals, to.server);
    const isSilent = local !== undefined && isUnleased(services, leases, local);
    if (isSilent) return "silent";
    flows.push({ client, dialled: dialled[0], server: to.server, view });
    return { server: to.server };
  };

  const isAnswered = async (address: string): Promise<boolean> => {
    if ((refusedUntil.get(address) ?? 0) > performance.now()) return false;
    firstPackets += 1;
    const answer = waiting.until(address);
    onFirst(address);
    return answer;
  };

  const dial: FakeTraffic["dial"] = async (client, to) => {
    const local = locals.get(client.v4);
    if (local?.instance === undefined) {
      firstPackets += 1;
      await waiting.until(client.v4);
      return dial(client, to);
    }
    const found = routeTo(services, to);
    if (found === undefined) return (await isAnswered(to)) ? dial(client, to) : "refused";
    used.add(to);
    turn += 1;
    const server = found.targets[turn % found.targets.length];
    if (server === undefined || !found.admits.includes(local.tenant)) return "refused";
    return open(to.includes(":") ? client.v6 : client.v4, [to, 80], { server, port: 80 });
  };

  return {
    dial,
    dialPort: (host) => {
      // Two may have the same for a moment: who was told last has it.
      const published = [...locals.values()].flatMap(({ namespace, ports: list }) =>
        list
          .filter((one) => one.host === host)
          .map((one) => ({ server: namespace.v4, port: one.container })),
      );
      const to = published.at(-1);
      return to === undefined ? "refused" : open(stranger, ["192.0.2.1", host], to);
    },
    hangUp: (client, dialled) => {
      flows = flows.filter((flow) => flow.client !== client || flow.dialled !== dialled);
    },
    answered: (address, outcome) => {
      if (outcome === "known") refusedUntil.delete(address);
      else refusedUntil.set(address, performance.now() + outcome.unknownForMs);
      waiting.end(address, outcome === "known");
    },
    named: ({ v4 }) => waiting.end(v4, true),
    renew: (namespaces, forMs) => {
      for (const { v4 } of namespaces) leases.set(v4, performance.now() + forMs);
    },
    use: (address) => void usedOnce.add(address),
    setConnections: (address, count) => void connections.set(address, count),
    flows: async (limit) => flows.slice(0, limit).map(({ view }) => view),
    hasOpen: async ({ v4, v6 }) =>
      (connections.get(v4) ?? 0) > 0 || flows.some(({ server }) => server === v4 || server === v6),
    busy: async () =>
      new Set([
        ...[...connections].flatMap(([v4, count]) => (count > 0 ? [v4] : [])),
        ...flows.map(({ server }) => server),
      ]),
    takeUsed: async () => {
      const taken = new Set([...used, ...usedOnce]);
      usedOnce = new Set();
      return taken;
    },
    cut: async ({ v4, v6 }) => {
      connections.delete(v4);
      flows = flows.filter(({ server }) => server !== v4 && server !== v6);
    },
    countFirst: () => {
      firstPackets += 1;
    },
    firstPackets: () => firstPackets,
    forgetCounts: () => {
      firstPackets = 0;
    },
    clear: () => {
      flows = [];
      firstPackets = 0;
      for (const held of [used, refusedUntil, leases, connections]) held.clear();
    },
  };
}

interface Target {
  server: string;
  port: number;
}

function localAt(locals: FakeRules["locals"], address: string): LocalInstance | undefined {
  return [...locals.values()].find(({ namespace: { v4, v6 } }) => v4 === address || v6 === address);
}

/** Of two programs with the same address the one counts that was told last. */
function routeTo(services: FakeRules["services"], address: string) {
  const found = [...services.values()].flatMap(({ routes, admits }) =>
    routes.filter((route) => route.address === address).map(({ targets }) => ({ targets, admits })),
  );
  return found.at(-1);
}

function isUnleased(
  services: FakeRules["services"],
  leases: ReadonlyMap<string, number>,
  { namespace: { v4 } }: LocalInstance,
): boolean {
  const isExclusive = [...services.values()].some(
    (program) =>
      program.isExclusive && program.attached.some(({ namespace }) => namespace.v4 === v4),
  );
  return isExclusive && (leases.get(v4) ?? 0) <= performance.now();
}

function createWaiting() {
  const waiting = new Map<string, ((isKnown: boolean) => void)[]>();
  return {
    until: (key: string): Promise<boolean> =>
      new Promise((resolve) => {
        waiting.set(key, [...(waiting.get(key) ?? []), resolve]);
      }),
    end: (key: string, isKnown: boolean): void => {
      const all = waiting.get(key) ?? [];
      waiting.delete(key);
      for (const resolve of all) resolve(isKnown);
    },
  };
}
