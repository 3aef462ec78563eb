import type { Clock, Logger, Metrics } from "@oak/kit";
import type { ClientIdentity } from "./cluster/broker-login.ts";
import { type ClusterLink, createClusterLink } from "./cluster/cluster-link.ts";
import { createIntake } from "./cluster/intake.ts";
import { advertisedHost, isBehindNat } from "./cluster/own-address.ts";
import { createSubnetLease, type SubnetLease } from "./cluster/subnet-lease.ts";
import { createTableQueries, type TableQueries } from "./cluster/table-queries.ts";
import { bridgeOf } from "./domain/subnets.ts";
import type { Addresses, DataPlane } from "./ports.ts";
import type { NodeFiles } from "./store/node-files.ts";
import { createStateFile, type StateFile, type StoredState } from "./store/state-file.ts";
import { createTableFile, type TableFile } from "./store/table-file.ts";
import {
  type Announcements,
  createAnnouncements,
  type TunnelEnd,
} from "./use-cases/announcements.ts";
import type { HostPorts } from "./use-cases/attach-instance.ts";
import { type AttachmentBook, createAttachmentBook } from "./use-cases/attachment-book.ts";
import { createDistances, type Distances, type DistancesOptions } from "./use-cases/distances.ts";
import { createDrains, type Drains } from "./use-cases/drains.ts";
import { createInterests, type Interests } from "./use-cases/interests.ts";
import { createPeerBook, type PeerBook } from "./use-cases/peer-book.ts";
import { createRegistration, type Registration } from "./use-cases/registration.ts";
import { createTranslationTable, type TranslationTable } from "./use-cases/translation-table.ts";
import { createTunnelChoices, type TunnelChoices } from "./use-cases/tunnel-choices.ts";
import { createTunnelOffers, type TunnelOffers } from "./use-cases/tunnel-offers.ts";

export interface AgentOptions {
  plane: DataPlane;
  files: NodeFiles;
  /** For a broker that wants certificates of its clients. */
  identity?: ClientIdentity;
  stateFolder: string;
  hostPorts: HostPorts;
  sourceAddressTo(host: string): Promise<string | undefined>;
  /** How long a host takes to answer on a TCP port, ms; undefined: it did not within `timeoutMs`. Absent: nobody is measured. */
  measureRoundTrip?(host: string, port: number, timeoutMs: number): Promise<number | undefined>;
  clock: Clock;
  random(): number;
  logger: Logger;
  metrics: Metrics;
  /** After which what nobody uses is given up. */
  idleMs?: number;
  /** Between two looks at what is used. */
  sweepMs?: number;
  addressCheckMs?: number;
  /** Without connections, until a copy that a move has left counts as idle. */
  quietMs?: number;
  /** Between two measurements of the workers that closest addresses may lead to. */
  measureMs?: number;
  /** How long a /register waits for a subnet. */
  registerWaitMs?: number;
}

const defaultIdleMs = 300_000;
const defaultMeasureMs = 10_000;
/** Shorter than TCP's pause before it sends again. */
const probeTimeoutMs = 900;

/** What an agent is made of. */
export interface AgentParts {
  link: ClusterLink;
  lease: SubnetLease;
  queries: TableQueries;
  attachments: AttachmentBook;
  peers: PeerBook;
  tunnels: TunnelChoices;
  offers: TunnelOffers;
  table: TranslationTable;
  distances: Distances;
  drains: Drains;
  interests: Interests;
  announcements: Announcements;
  registration: Registration;
  state: StateFile;
  tables: TableFile;
  /** Moves the tunnel when the address of this host has changed, and tells the cluster. */
  checkAddress(): Promise<void>;
}

export interface AgentHooks {
  onReady(): Promise<void>;
  /** Everything of the worker that this was is to be forgotten. */
  reset(): Promise<void>;
}

export function createAgentParts(options: AgentOptions, hooks: AgentHooks): AgentParts {
  const { plane, clock, logger, files, idleMs = defaultIdleMs, stateFolder: folder } = options;
  const attachments = createAttachmentBook();
  const tunnels = createTunnelChoices({ plane, kind: files.net.tunnel });
  const peers = createPeerBook({
    plane,
    onPeer: () => queueMicrotask(() => offers.send()),
    onRefused: (err, { key, host }) => logger.error({ err, key, host }, "no tunnel to a worker"),
    clock,
    idleMs,
  });

  const link = createClusterLink({
    clock,
    random: options.random,
    logger,
    onUp: () => {
      lease.ask();
      queries.askAgain();
      interests.onUp();
      announcements.onUp();
      void checkAddress();
    },
    onMessage: createIntake(
      () => registration.current()?.client_id,
      {
        onSubnet: (result) => lease.answered(result),
        onTable: (result) => queries.answered(result),
        onUpdate: (name, table) => interests.updated(name, table),
        onOffer: (offer) => offers.offered(offer),
      },
      logger,
    ),
  });
  const lease = createSubnetLease({
    send: (message) => link.send("subnet", message),
    onSubnet: (subnet) => {
      registration.leased(subnet).catch((err: unknown) => {
        logger.error({ err }, "the leased subnet cannot be used");
      });
    },
    clock,
  });
  const queries = createTableQueries({ send: (query) => link.send("query", query), clock });
  const subnet = () => registration.subnet();
  const table = createTranslationTable({
    plane,
    attachments,
    peers,
    tunnels,
    subnet,
    rttTo: (key) => distances.rttTo(key),
  });
  const distances = distancesOf(options, { table, peers, subnet, introduce: () => offers.send() });
  const interests = createInterests({
    link,
    queries,
    table,
    clock,
    logger,
    idleMs,
    busy: () => plane.busy(),
    isHeld: (name, busy) => isHeld(name, busy, { attachments, table }),
    onLearned: (name) => {
      announcements.compare(name);
      tables.saveLater();
    },
  });
  const tunnelEnd = () => tunnelEndOf(options, registration.localAddress());
  const own = { subnet, tunnelEnd, services: table.all, silent: () => distances.silent() };
  const offers = createTunnelOffers({ ...options, ...own, link, attachments, peers });
  const announcements = createAnnouncements({
    link,
    attachments,
    serviceNamed: table.named,
    tunnelEnd,
    refresh: (name) => interests.refresh(name),
    clock,
  });
  const registration = createRegistration({
    plane,
    link,
    files,
    ...(options.identity && { identity: options.identity }),
    sourceAddressTo: options.sourceAddressTo,
    hasAttachments: () => attachments.all().length > 0,
    ...hooks,
    save: () => state.saveDurably(),
    clock,
    logger,
    ...(options.registerWaitMs !== undefined && { waitMs: options.registerWaitMs }),
  });
  const state = createStateFile({
    folder,
    logger,
    read: () => stateOf({ registration, attachments }),
  });
  const tables = createTableFile({ folder, read: table.results, clock, logger });

  const checkAddress = createAddressCheck({ registration, announcements }, logger);
  return {
    link,
    lease,
    queries,
    attachments,
    peers,
    tunnels,
    offers,
    table,
    distances,
    drains: createDrains({ ...options, attachments, table }),
    interests,
    announcements,
    registration,
    state,
    tables,
    checkAddress,
  };
}

function createAddressCheck(
  { registration, announcements }: Pick<AgentParts, "registration" | "announcements">,
  logger: Logger,
): () => Promise<void> {
  return async () => {
    try {
      if (await registration.checkAddress()) announcements.addressChanged();
    } catch (err) {
      logger.error({ err }, "the address of this host was not looked up");
    }
  };
}

function distancesOf(
  options: AgentOptions,
  parts: Pick<DistancesOptions, "table" | "subnet" | "introduce"> & { peers: PeerBook },
): Distances {
  const { files, measureMs = defaultMeasureMs, idleMs = defaultIdleMs } = options;
  return createDistances({
    ...options,
    ...parts,
    // The other end of the tunnel answers, by whichever underlay. Nobody listens there at the number of the tunnel's own port.
    probe: async (key) =>
      parts.peers.has(key)
        ? options.measureRoundTrip?.(bridgeOf(key), files.tunnel.TunnelPort, probeTimeoutMs)
        : undefined,
    everyMs: measureMs,
    idleMs,
  });
}

/** What the next process has to know. */
function stateOf({
  registration,
  attachments,
}: Pick<AgentParts, "registration" | "attachments">): StoredState {
  const current = registration.current();
  const subnet = registration.subnet();
  return {
    version: 1,
    ...(current && { registration: current }),
    ...(subnet && { subnet }),
    attachments: attachments.all().map((one) => ({ ...one, ports: [...one.ports] })),
  };
}

/** What others reach this worker by; in plain too as long as it does not insist. */
function tunnelEndOf(
  { plane, files: { net } }: AgentOptions,
  localAddress: string | undefined,
): TunnelEnd | undefined {
  const host = advertisedHost(net, localAddress);
  if (host === undefined) return undefined;
  const end = { host, port: Number(net.NodePublicPort) };
  const own = plane.wireguard?.().own;
  if (own === undefined || net.tunnel === "vxlan") return end;
  const required = net.tunnel === "wireguard" || isBehindNat(host);
  const wireguard = { public_key: own.publicKey, port: own.port };
  return { ...end, wireguard: required ? { ...wireguard, required } : wireguard };
}

/** Routes of a connection that stands are never taken away. */
function isHeld(
  name: string,
  busy: ReadonlySet<string>,
  { attachments, table }: Pick<AgentParts, "attachments" | "table">,
): boolean {
  if (attachments.ofService(name).length > 0) return true;
  const isBusy = ({ v4, v6 }: Addresses): boolean => busy.has(v4) || busy.has(v6);
  const instances = table.named(name)?.instances ?? [];
  return instances.some(
    ({ instance, attached }) =>
      isBusy(instance) || (attached !== undefined && isBusy(attached.namespace)),
  );
}
