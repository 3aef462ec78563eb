import { type Clock, createLoop, type Logger, type Metrics, systemClock } from "@oak/kit";
import type { Rtnetlink, Tun } from "@oak/netlink";
import type { DataPlane, Peer, Slot, Subnet } from "../ports.ts";
import { type DataPlaneSettings, defaultSettings } from "./data-plane-settings.ts";
import { createEnvironment } from "./environment.ts";
import { innerAddress, planSubnet } from "./environment-addresses.ts";
import { lookAt } from "./environment-devices.ts";
import { planMtu, planSealedMtu, smallestForV6 } from "./environment-mtu.ts";
import { createSysctlKeeper, type SysctlMemory, type Sysctls } from "./environment-sysctls.ts";
import { findUnderlay } from "./environment-underlay.ts";
import { createFirstPackets } from "./first-packets.ts";
import type { Rules } from "./rules-port.ts";
import { createSlots } from "./slots.ts";
import type { Namespaces } from "./slots-namespaces.ts";
import { createTunnels } from "./tunnels.ts";
import { createReturnRoutes, type ReturnChange } from "./tunnels-return-routes.ts";
import { createWireguard } from "./wireguard.ts";
import type { WireguardHost } from "./wireguard-device.ts";

export interface DataPlaneDeps {
  /** Of the namespace in which the worker is connected to others. */
  kernel: Rtnetlink;
  openTun(name: string, options: { isLasting: true }): Tun;
  sysctls: Sysctls;
  /** Keeps what the host's settings were before. */
  sysctlMemory: SysctlMemory;
  namespaces: Namespaces;
  rules: Rules;
  /** Absent: encrypted tunnels cannot be made. */
  wireguard?: WireguardHost;
  settings?: Partial<DataPlaneSettings>;
  logger: Logger;
  metrics: Metrics;
  clock?: Clock;
}

/** The kernel's part of the worker's network, made of rules, devices, pairs, tunnels and the packets that come first. */
export function createDataPlane(deps: DataPlaneDeps): DataPlane {
  const { rules, logger, clock = systemClock } = deps;
  const settings = { ...defaultSettings, ...deps.settings };
  const parts = createParts(deps, settings);
  const { environment, slots, tunnels, sealed, wireguard, returns, firstPackets } = parts;
  let subnet: Subnet = { v4: "", v6: "" };
  let mtu = 0;
  let repairs = 0;

  const loop = createLoop({
    name: "data-plane",
    everyMs: settings.repairEveryMs,
    jitter: 0,
    startDelayMs: settings.repairEveryMs,
    logger,
    metrics: deps.metrics,
    clock,
    run: async () => {
      firstPackets.expire();
      const changes = parts.ensure();
      if (changes > 0) logger.warn({ changes }, "data plane was changed by somebody, put right");
      repairs += changes;
      await wireguard.ensure();
    },
  });

  const setReturns = (change: ReturnChange): void => {
    tunnels.setReturns(change);
    sealed.setReturns(change);
  };

  return {
    start: async (options) => {
      subnet = options.subnet;
      mtu = await parts.start(options);
      await loop.start();
    },
    stop: async () => {
      await loop.stop();
      await wireguard.stop();
      await environment.stop();
      await rules.stop();
    },
    uninstall: async () => {
      await loop.stop();
      slots.uninstall();
      tunnels.uninstall();
      sealed.uninstall();
      await wireguard.uninstall();
      await environment.uninstall();
      await rules.uninstall();
    },
    connect: slots.connect,
    disconnect: slots.disconnect,
    slots: slots.list,
    onVanished: parts.onVanished,
    setLocal: (instance) => {
      tunnels.addLocal(instance.namespace.v4);
      rules.setLocal(instance);
      if (instance.instance !== undefined) firstPackets.named(instance.namespace);
    },
    removeLocal: (namespace) => {
      rules.removeLocal(namespace);
      tunnels.removeLocal(namespace.v4);
    },
    setService: (program) => {
      // First the way back: no connection is let through that could not be answered.
      setReturns(returns.set(program));
      rules.setService(program);
    },
    removeService: (name) => {
      rules.removeService(name);
      setReturns(returns.remove(name));
    },
    setPeer: parts.setPeer,
    removePeer: parts.removePeer,
    settled: () => {
      slots.settled();
      tunnels.settled();
      sealed.settled();
      wireguard.settled();
      rules.settled();
    },
    onUnknown: firstPackets.onUnknown,
    answer: (address, outcome) => {
      // The packet that waits would be lost in a tunnel whose device does not know its end yet.
      const applied = outcome === "known" ? wireguard.applied() : undefined;
      if (applied === undefined) firstPackets.answer(address, outcome);
      else void applied.then(() => firstPackets.answer(address, outcome));
    },
    takeUsed: () => rules.takeUsed(),
    renewLeases: (namespaces, forMs) => rules.renewLeases(namespaces, forMs),
    cut: (namespace) => rules.cut(namespace),
    busy: () => rules.busy(),
    hasOpen: (namespace) => rules.hasOpen(namespace),
    flows: (limit) => rules.flows(subnet, limit),
    state: () => {
      const { services, repairs: ofRules } = rules.state();
      return {
        subnet,
        bridge: settings.bridge,
        mtu,
        services,
        peers: tunnels.peers() + sealed.peers(),
        slots: slots.list().length,
        firstPackets: firstPackets.count(),
        repairs: repairs + ofRules,
      };
    },
    wireguard: wireguard.state,
  };
}

/** Makes the parts known to each other. */
function createParts(deps: DataPlaneDeps, settings: DataPlaneSettings) {
  const { kernel, rules, logger, clock = systemClock } = deps;
  const common = { kernel, settings, logger, clock };
  let vanished: ((slot: Slot) => void) | undefined;
  const firstPackets = createFirstPackets({
    write: (packet) => environment.write(packet),
    refuse: (address, forMs) => rules.refuse(address, forMs),
    mend: (address) => tunnels.mend(address) || sealed.mend(address),
    isNamed: (source) => rules.isNamed(source),
    clock,
    logger,
  });
  const environment = createEnvironment({
    ...common,
    openTun: deps.openTun,
    sysctls: createSysctlKeeper(deps.sysctls, deps.sysctlMemory),
    onPacket: (packet) => firstPackets.take(packet),
  });
  const returns = createReturnRoutes();
  const ofTunnels = { ...common, returns, onDevice: () => environment.applySysctls() };
  const tunnels = createTunnels(ofTunnels);
  const sealed = createTunnels({
    ...ofTunnels,
    settings: { ...settings, tunnel: settings.sealedTunnel },
  });
  const wireguard = createWireguard({ ...common, host: deps.wireguard });
  const slots = createSlots({
    ...common,
    namespaces: deps.namespaces,
    sysctls: deps.sysctls,
    bridge: () => environment.bridge(),
    onConnected: (slot) => rules.setSlot(slot),
    onGone: ({ link }) => rules.removeSlot(link),
    onVanished: (slot) => vanished?.(slot),
  });

  const onVanished = (listener: (slot: Slot) => void): void => {
    vanished = listener;
  };

  /** Answers the MTU. */
  const start = async (options: Parameters<DataPlane["start"]>[0]): Promise<number> => {
    const { bridge, tun, tunnel, sealedTunnel, serviceRanges } = settings;
    const key = options.subnet.v4;
    const plan = planSubnet(options.subnet);
    const { address, port, wireguardPort = port + 1 } = options.underlay;
    const { local, mtu, sealedMtu } = planUnderlay(deps, settings, address);
    environment.use({ plan, mtu });
    tunnels.use({ plan, mtu, local, port, key });
    sealed.use({
      plan,
      mtu: sealedMtu.tunnel,
      local: innerAddress(options.subnet),
      port: settings.sealedPort,
      key,
    });
    await wireguard.start({ key, port: wireguardPort, mtu: sealedMtu.device });
    const ranges = [...serviceRanges.v4, ...serviceRanges.v6];
    firstPackets.use({ bridge: plan.bridge, prefixes: plan.prefixes, ranges });
    await rules.start({
      subnet: options.subnet,
      bridge,
      tun,
      tunnels: [tunnel, sealedTunnel],
      sealed: { device: settings.wireguard, port: settings.sealedPort },
      serviceRanges,
    });
    environment.ensure(lookAt(kernel));
    await slots.use({ plan, mtu });
    return mtu;
  };

  const ensure = (): number => {
    const view = lookAt(kernel);
    const ofDevices = environment.ensure(view) + slots.ensure(view);
    return ofDevices + tunnels.ensure(view) + sealed.ensure(view);
  };

  /** A peer is behind one of the tunnels: the new way stands before the old one goes. */
  const setPeer = (peer: Peer): void => {
    if (peer.wireguard === undefined) {
      tunnels.setPeer(peer);
      sealed.removePeer(peer.key);
      wireguard.removePeer(peer.key);
      return;
    }
    wireguard.setPeer(peer);
    sealed.setPeer({ ...peer, host: innerAddress(peer.subnet), port: settings.sealedPort });
    tunnels.removePeer(peer.key);
  };
  const removePeer = (key: string): void => {
    tunnels.removePeer(key);
    sealed.removePeer(key);
    wireguard.removePeer(key);
  };

  return {
    firstPackets,
    environment,
    tunnels,
    sealed,
    wireguard,
    returns,
    slots,
    onVanished,
    start,
    ensure,
    setPeer,
    removePeer,
  };
}

function planUnderlay(
  { kernel, logger }: DataPlaneDeps,
  settings: DataPlaneSettings,
  address: string,
): { local: string; mtu: number; sealedMtu: ReturnType<typeof planSealedMtu> } {
  const underlay = findUnderlay(kernel, address);
  if (underlay === undefined) {
    throw new Error(`Neither an interface with ${address} nor a default route`);
  }
  const mtu = planMtu(underlay, settings.mtu);
  if (mtu < smallestForV6) logger.warn({ mtu }, "MTU is too small for IPv6");
  return { local: underlay.local, mtu, sealedMtu: planSealedMtu(underlay, settings.mtu) };
}
