import { type Clock, createLoop, type Logger, type Metrics, systemClock } from "@oak/kit";
import type { Rtnetlink, Tun } from "@oak/netlink";
import type { DataPlane, Subnet } from "../ports.ts";
import { type DataPlaneSettings, defaultSettings } from "./data-plane-settings.ts";
import { createEnvironment } from "./environment.ts";
import { planSubnet } from "./environment-addresses.ts";
import { lookAt } from "./environment-devices.ts";
import { planMtu, smallestForV6 } from "./environment-mtu.ts";
import { createSysctlKeeper, type SysctlMemory, type Sysctls } from "./environment-sysctls.ts";
import { findUnderlay } from "./environment-underlay.ts";
import { createFirstPackets } from "./first-packets.ts";
import type { Rules } from "./rules-port.ts";
import { createSlots } from "./slots.ts";
import type { Namespaces } from "./slots-namespaces.ts";
import { createTunnels } from "./tunnels.ts";

export interface DataPlaneDeps {
  /** Of the namespace in which the worker is connected to others. */
  kernel: Rtnetlink;
  openTun(name: string, options: { isLasting: true }): Tun;
  sysctls: Sysctls;
  /** Keeps what the host's settings were before. */
  sysctlMemory: SysctlMemory;
  namespaces: Namespaces;
  rules: Rules;
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
  const { environment, slots, tunnels, firstPackets } = parts;
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
    },
  });

  return {
    start: async (options) => {
      subnet = options.subnet;
      mtu = await parts.start(options);
      await loop.start();
    },
    stop: async () => {
      await loop.stop();
      await environment.stop();
      await rules.stop();
    },
    uninstall: async () => {
      await loop.stop();
      slots.uninstall();
      tunnels.uninstall();
      await environment.uninstall();
      await rules.uninstall();
    },
    connect: slots.connect,
    disconnect: slots.disconnect,
    slots: slots.list,
    setLocal: (instance) => {
      tunnels.addLocal(instance.namespace.v4);
      rules.setLocal(instance);
    },
    removeLocal: (namespace) => {
      rules.removeLocal(namespace);
      tunnels.removeLocal(namespace.v4);
    },
    setService: (program) => {
      // First the way back: no connection is let through that could not be answered.
      tunnels.setService(program);
      rules.setService(program);
    },
    removeService: (name) => {
      rules.removeService(name);
      tunnels.removeService(name);
    },
    setPeer: tunnels.setPeer,
    removePeer: tunnels.removePeer,
    settled: () => {
      slots.settled();
      tunnels.settled();
      rules.settled();
    },
    onUnknown: firstPackets.onUnknown,
    answer: firstPackets.answer,
    takeUsed: () => rules.takeUsed(),
    renewLeases: (namespaces, forMs) => rules.renewLeases(namespaces, forMs),
    cut: (namespace) => rules.cut(namespace),
    connections: (namespace) => rules.connections(namespace),
    state: () => {
      const { services, repairs: ofRules } = rules.state();
      return {
        subnet,
        bridge: settings.bridge,
        mtu,
        services,
        peers: tunnels.peers(),
        slots: slots.list().length,
        firstPackets: firstPackets.count(),
        repairs: repairs + ofRules,
      };
    },
  };
}

/** Makes the parts known to each other. */
function createParts(deps: DataPlaneDeps, settings: DataPlaneSettings) {
  const { kernel, rules, logger, clock = systemClock } = deps;
  const common = { kernel, settings, logger, clock };
  const firstPackets = createFirstPackets({
    write: (packet) => environment.write(packet),
    refuse: (address, forMs) => rules.refuse(address, forMs),
    mend: (address) => tunnels.mend(address),
    clock,
    logger,
  });
  const environment = createEnvironment({
    ...common,
    openTun: deps.openTun,
    sysctls: createSysctlKeeper(deps.sysctls, deps.sysctlMemory),
    onPacket: (packet) => firstPackets.take(packet),
  });
  const tunnels = createTunnels({ ...common, onDevice: () => environment.applySysctls() });
  const slots = createSlots({
    ...common,
    namespaces: deps.namespaces,
    bridge: () => environment.bridge(),
    onConnected: (slot) => rules.setSlot(slot),
    onGone: ({ link }) => rules.removeSlot(link),
  });

  /** Answers the MTU. */
  const start = async (options: Parameters<DataPlane["start"]>[0]): Promise<number> => {
    const { bridge, tun, tunnel, serviceRanges } = settings;
    const plan = planSubnet(options.subnet);
    const { local, mtu } = planUnderlay(deps, settings, options.underlay.address);
    environment.use({ plan, mtu });
    tunnels.use({ plan, mtu, local, port: options.underlay.port, key: options.subnet.v4 });
    const ranges = [...serviceRanges.v4, ...serviceRanges.v6];
    firstPackets.use({ bridge: plan.bridge, ranges });
    await rules.start({
      subnet: options.subnet,
      bridge,
      tun,
      tunnels: [tunnel],
      serviceRanges,
    });
    environment.ensure(lookAt(kernel));
    slots.use({ plan, mtu });
    return mtu;
  };

  const ensure = (): number => {
    const view = lookAt(kernel);
    return environment.ensure(view) + slots.ensure(view) + tunnels.ensure(view);
  };

  return { firstPackets, environment, tunnels, slots, start, ensure };
}

function planUnderlay(
  { kernel, logger }: DataPlaneDeps,
  settings: DataPlaneSettings,
  address: string,
): { local: string; mtu: number } {
  const underlay = findUnderlay(kernel, address);
  if (underlay === undefined) {
    throw new Error(`Neither an interface with ${address} nor a default route`);
  }
  const mtu = planMtu(underlay, settings.mtu);
  if (mtu < smallestForV6) logger.warn({ mtu }, "MTU is too small for IPv6");
  return { local: underlay.local, mtu };
}
