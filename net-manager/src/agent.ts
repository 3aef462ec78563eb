import { randomBytes } from "node:crypto";
import type {
  NetAttach,
  NetAttached,
  NetDetach,
  NetLeases,
  NetRegister,
  NetRegistered,
  NetSlot,
} from "@oak/contracts";
import { createLoop, type Loop } from "@oak/kit";
import { type AgentOptions, type AgentParts, createAgentParts } from "./agent-parts.ts";
import type { TableKey } from "./cluster/table-queries.ts";
import { portKey, SEALED_TUNNEL_PORT } from "./domain/host-ports.ts";
import type { KnownInstance, KnownService } from "./domain/known-service.ts";
import { bridgeOf, capacityOf } from "./domain/subnets.ts";
import { errors } from "./errors.ts";
import { inSlices } from "./in-slices.ts";
import type { FlowView, Slot } from "./ports.ts";
import { type AgentStatus, statusOf } from "./status.ts";
import type { NodeFiles } from "./store/node-files.ts";
import { adoptState } from "./use-cases/adopt-state.ts";
import {
  type AttachDeps,
  attachInstance,
  connected,
  detachInstance,
  endVanished,
  releaseSlot,
} from "./use-cases/attach-instance.ts";
import { answerFirstPackets } from "./use-cases/first-packets.ts";
import { settleAdopted } from "./use-cases/learn-used.ts";
import { renewLeases } from "./use-cases/renew-leases.ts";
import { createSerial } from "./use-cases/serial.ts";

/** The worker's side of the network, but for the kernel: what callers on the socket and the resolver ask of it. */
export interface Agent {
  /** Takes up what the process before this one left; neither the cluster nor the node-engine has to be there. */
  start(): Promise<void>;
  /** Leaves all routes as they are. */
  stop(): Promise<void>;
  register(request: NetRegister): Promise<NetRegistered>;
  /** Comes before the end of whoever calls: nobody has to wait for a subnet any more. */
  giveUp(): void;
  prepare(pid: number): Promise<NetSlot>;
  release(slot: string): Promise<void>;
  attach(request: NetAttach): Promise<NetAttached>;
  detach(request: NetDetach): Promise<void>;
  renewLeases(request: NetLeases): Promise<void>;
  /** Takes out everything that was ever made. */
  uninstall(): Promise<void>;
  status(): AgentStatus;
  services(): ServiceView[];
  slots(): (Slot & { service?: string; number?: number })[];
  flows(limit: number): Promise<FlowView[]>;
  /** For the resolver: by name, from memory where it is known. Rejects with NoAnswerError. */
  find(spelt: string): Promise<KnownService | undefined>;
  /** Addresses of the bridge; undefined while there is no subnet. */
  resolver(): { v4: string; v6: string } | undefined;
}

/** A service as it is shown. */
export type ServiceView = KnownService & {
  instances: readonly (KnownInstance & { tunnel?: "unreachable" })[];
};

export interface AgentSettings extends AgentOptions {
  /** Called when the addresses of the bridge are there or have changed. */
  onResolver(): void;
  /** How long a subnet counts as empty although a node-engine may have more to tell. */
  settleMs?: number;
}

const defaultSweepMs = 30_000;
const defaultAddressCheckMs = 120_000;
const offerMs = 500;
const defaultSettleMs = 60_000;
const unknownForMs = 5_000;

export function createAgent(settings: AgentSettings): Agent {
  const { plane, clock, logger, files, settleMs = defaultSettleMs } = settings;
  const session = randomBytes(12).toString("hex");
  const inTurn = createSerial();
  let cancelSettle = (): void => undefined;
  let adopted: Awaited<ReturnType<AgentParts["state"]["load"]>>;

  const parts = createAgentParts(settings, {
    onReady: async () => {
      // What was stored is nearly all that a process before this one knew; without it the node-engine tells all anew.
      if (adopted === undefined) {
        cancelSettle = clock.setTimer(settleMs, () => plane.settled());
      } else {
        await adoptState(parts, plane, adopted);
        cancelSettle = settleAdopted(parts, { plane, clock, limitMs: settleMs });
      }
      adopted = undefined;
      settings.onResolver();
    },
    reset: async () => {
      adopted = undefined;
      forgetServices(parts);
      await parts.tables.remove();
    },
  });
  const { registration, attachments, table, interests, state } = parts;
  const deps: AttachDeps = {
    ...parts,
    plane,
    hostPorts: settings.hostPorts,
    reservedPorts: () => reservedPorts(files),
    logger,
  };
  const loops = createLoops(settings, parts);

  const resolver: Agent["resolver"] = () => {
    const subnet = registration.subnet();
    return subnet && { v4: bridgeOf(subnet.v4), v6: bridgeOf(subnet.v6) };
  };
  const mustBeRegistered = (): void => {
    if (!registration.isReady()) throw errors.not_registered();
  };
  /** Calls of the node-engine change one thing at a time, and what they changed is stored. */
  const change = <T>(work: () => Promise<T> | T): Promise<T> =>
    inTurn(async () => {
      mustBeRegistered();
      try {
        return await work();
      } finally {
        state.saveSoon();
      }
    });

  return {
    start: async () => {
      answerFirstPackets({ ...parts, plane, clock, logger, unknownForMs });
      plane.onVanished((slot) => {
        endVanished(deps, slot);
        state.saveSoon();
      });
      adopted = await state.load();
      if (adopted !== undefined) await registration.adopt(adopted);
      for (const loop of loops) await loop.start();
    },
    stop: async () => {
      cancelSettle();
      for (const loop of loops) await loop.stop();
      parts.lease.stop();
      await parts.link.stop();
      parts.announcements.clear();
      parts.queries.stop();
      interests.clear();
      await parts.tables.stop();
      await state.flush();
      if (registration.isReady()) await plane.stop();
    },
    register: async (request) => {
      await registration.register(request);
      const subnet = registration.subnet();
      if (subnet === undefined) throw errors.no_subnet();
      const { v4, v6 } = subnet;
      const capacity = capacityOf(v4);
      return { session, resolver: bridgeOf(v4), resolverv6: bridgeOf(v6), capacity };
    },
    giveUp: registration.giveUp,
    prepare: (pid) =>
      change(() => {
        const { id, namespace } = connected(deps, pid);
        return { slot: id, nsAddress: namespace.v4, nsAddressv6: namespace.v6 };
      }),
    release: (slot) => change(() => releaseSlot(deps, slot)),
    attach: (request) => change(() => attachInstance(deps, request)),
    detach: (request) => change(() => detachInstance(deps, request)),
    renewLeases: async (request) => {
      mustBeRegistered();
      renewLeases(plane, attachments, request);
    },
    uninstall: () =>
      inTurn(async () => {
        cancelSettle();
        parts.lease.stop();
        await parts.link.stop();
        forgetServices(parts);
        await registration.forget();
        await plane.uninstall();
        await parts.tables.remove();
        await state.remove();
      }),
    status: () =>
      statusOf({
        session,
        parts,
        ...(registration.isReady() && { plane: plane.state() }),
        ...(plane.wireguard && { wireguard: plane.wireguard() }),
      }),
    services: () => table.all().map((service) => withTunnels(service, parts)),
    slots: () => {
      if (!registration.isReady()) return [];
      return plane.slots().map((slot) => {
        const user = attachments.withSlot(slot.id);
        return { ...slot, ...(user && { service: user.service, number: user.number }) };
      });
    },
    flows: async (limit) => (registration.isReady() ? plane.flows(limit) : []),
    find: (spelt) => findByName(parts, spelt),
    resolver,
  };
}

/** An instance whose worker cannot be reached says so. */
function withTunnels(service: KnownService, { tunnels }: AgentParts): ServiceView {
  const instances = service.instances.map((instance) => {
    const key = instance.attached?.worker.key;
    const isReachable = key === undefined || tunnels.isReachable(key);
    return isReachable ? instance : { ...instance, tunnel: "unreachable" as const };
  });
  return { ...service, instances };
}

function createLoops(settings: AgentSettings, parts: AgentParts): Loop[] {
  const { plane, sweepMs = defaultSweepMs, addressCheckMs = defaultAddressCheckMs } = settings;
  const loop = (name: string, everyMs: number, run: () => Promise<void>): Loop =>
    createLoop({ ...settings, name, everyMs, startDelayMs: everyMs, run });
  return [
    loop("sweep", sweepMs, async () => sweep(parts, await plane.takeUsed())),
    loop("tunnel-offers", offerMs, async () => parts.offers.send()),
    loop("own-address", addressCheckMs, parts.checkAddress),
    parts.distances.loop,
    parts.drains.loop,
  ];
}

/** What a service published on these would cut this worker off. */
function reservedPorts({ tunnel, net }: NodeFiles): ReadonlySet<string> {
  const { TunnelPort: port, WireguardPort: sealed = port + 1 } = tunnel;
  const ports = [port, sealed, SEALED_TUNNEL_PORT, Number(net.NodePublicPort)];
  return new Set(ports.map((host) => portKey({ host, container: host, protocol: "udp" })));
}

function forgetServices(parts: AgentParts): void {
  const { table, interests, announcements, attachments, peers, tunnels, offers } = parts;
  parts.distances.clear();
  announcements.clear();
  interests.clear();
  for (const attachment of attachments.all()) attachments.remove(attachment);
  table.clear();
  peers.clear();
  tunnels.clear();
  offers.clear();
}

/** Keeps what was used, and gives up what was not for long. */
async function sweep(
  { table, interests, peers, distances }: AgentParts,
  used: ReadonlySet<string>,
): Promise<void> {
  await inSlices(used, (address) => {
    distances.use(address);
    const name = table.withAddress(address)?.name;
    if (name !== undefined) interests.touch(name);
  });
  await interests.dropIdle();
  peers.sweep();
}

/** Names have no case in the DNS, but the cluster's have: as it was written, then in lower case. */
async function findByName(
  { table, interests }: AgentParts,
  spelt: string,
): Promise<KnownService | undefined> {
  const lower = spelt.toLowerCase();
  const known = table.named(spelt) ?? table.withLowerName(lower);
  if (known !== undefined) {
    interests.touch(known.name);
    return known;
  }
  const keys: TableKey[] = spelt === lower ? [{ name: spelt }] : [{ name: spelt }, { name: lower }];
  for (const key of keys) {
    const found = await interests.resolve(key);
    if (found !== undefined) return found;
  }
  return undefined;
}
