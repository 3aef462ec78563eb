import type { Peer, Route, ServiceProgram, Subnet } from "../ports.ts";
import {
  type Candidate,
  type ClosestChoice,
  chooseClosest,
  type Distance,
} from "./choose-closest.ts";
import type { KnownInstance, KnownService, PolicyAddress } from "./known-service.ts";

/** What this worker knows beside the table. */
export interface ProgramContext {
  subnet: Subnet;
  /** Whether this namespace address (IPv4) is in use here by this instance. */
  isAttachedHere(service: string, number: number, address: string): boolean;
  admits: readonly number[];
  /** Of the worker of an instance that is attached elsewhere. */
  distanceOf(instance: KnownInstance): Omit<Distance, "tier"> & { tier: 1 | 2 };
  /** How the worker of an instance is reached; undefined: it cannot be. */
  peerOf(instance: KnownInstance): Peer | undefined;
  /** The instance to which the closest address leads at present. */
  closest: ClosestChoice | undefined;
  /** All workers were measured since the last time. */
  isSample: boolean;
}

export interface Programmed {
  program: ServiceProgram;
  /** The workers that its instances are on. */
  peers: readonly Peer[];
  closest: ClosestChoice | undefined;
}

type Placed = KnownInstance & { attached: NonNullable<KnownInstance["attached"]> };

/** What the kernel is to know of a service. */
export function programService(service: KnownService, context: ProgramContext): Programmed {
  const placed = service.instances.filter((instance) => isPlaced(instance, service.name, context));
  const serving = placed.filter(({ isServing }) => isServing);
  const closest = chooseClosest(
    serving.map((instance) => candidateOf(instance, context)),
    context.closest,
    context.isSample,
  );
  const targetsOf = {
    RR: serving,
    Closest: serving.filter(({ number }) => number === closest?.number),
  } as const satisfies Record<PolicyAddress["policy"], readonly Placed[]>;
  const routes = [
    ...service.addresses.flatMap(({ policy, addresses }) => routesOf(addresses, targetsOf[policy])),
    ...service.instances.flatMap(({ number, instance }) =>
      routesOf(
        instance,
        serving.filter((candidate) => candidate.number === number),
      ),
    ),
  ];
  return {
    program: {
      name: service.name,
      routes,
      attached: placed.map(({ instance, attached: { namespace, worker } }) => ({
        instance,
        namespace,
        ...(worker.key === context.subnet.v4 ? {} : { peer: worker.key }),
      })),
      admits: context.admits,
      isExclusive: service.isExclusive,
    },
    peers: peersOf([...placed, ...service.instances.flatMap(leftBehind)], context),
    closest,
  };
}

/** What is open to these goes on only as long as there is a way. */
function leftBehind({ draining = [], ...instance }: KnownInstance): Placed[] {
  return draining.map((attached) => ({ ...instance, attached }));
}

/** The table may still tell of a namespace of ours that is gone; to other workers there must be a way. */
function isPlaced(
  instance: KnownInstance,
  name: string,
  { subnet, isAttachedHere, peerOf }: ProgramContext,
): instance is Placed {
  if (instance.attached === undefined) return false;
  const { namespace, worker } = instance.attached;
  if (worker.key !== subnet.v4) return peerOf(instance) !== undefined;
  return isAttachedHere(name, instance.number, namespace.v4);
}

function routesOf(addresses: PolicyAddress["addresses"], targets: readonly Placed[]): Route[] {
  return (["v4", "v6"] as const).map((family) => ({
    address: addresses[family],
    targets: targets.map(({ attached }) => attached.namespace[family]),
  }));
}

function candidateOf(instance: Placed, { subnet, distanceOf }: ProgramContext): Candidate {
  const { number, attached } = instance;
  const distance: Distance = attached.worker.key === subnet.v4 ? { tier: 0 } : distanceOf(instance);
  return { number, distance, tieBreak: spread(`${subnet.v4}/${number}`) };
}

/** FNV-1a: any even spread will do. */
function spread(text: string): number {
  let hash = 0x811c_9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x0100_0193) >>> 0;
  }
  return hash;
}

function peersOf(placed: readonly Placed[], { subnet, peerOf }: ProgramContext): Peer[] {
  const peers = new Map<string, Peer>();
  for (const instance of placed) {
    const { key } = instance.attached.worker;
    const peer = key === subnet.v4 || peers.has(key) ? undefined : peerOf(instance);
    if (peer !== undefined) peers.set(key, peer);
  }
  return [...peers.values()];
}
